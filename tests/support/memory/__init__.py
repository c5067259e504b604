"""The services' storage without a database: every repository again, over plain tables in memory.

Each class extends the real repository and overrides all that commands use of it, so that the type checker compares
their signatures; the tests in tests/integration/repositories compare what they do.
"""

from tests.support.memory.chat import ChatTables, MemoryChatWork
from tests.support.memory.database import BusinessClock, MemoryDatabase, OutboxEvent, SkewedClock, Tables, drive
from tests.support.memory.disputes import DisputesTables, MemoryDisputesWork
from tests.support.memory.inbox import MemoryInbox
from tests.support.memory.orders import MemoryOrdersWork, OrdersTables
from tests.support.memory.payments import MemoryPaymentsWork, PaymentsTables
from tests.support.memory.scheduler import MemorySchedulerWork, SchedulerTables

__all__ = [
    "BusinessClock",
    "ChatTables",
    "DisputesTables",
    "MemoryChatWork",
    "MemoryDatabase",
    "MemoryDisputesWork",
    "MemoryInbox",
    "MemoryOrdersWork",
    "MemoryPaymentsWork",
    "MemorySchedulerWork",
    "OrdersTables",
    "OutboxEvent",
    "PaymentsTables",
    "SchedulerTables",
    "SkewedClock",
    "Tables",
    "drive",
]

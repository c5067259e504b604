"""The services in one process: their own commands and subscribers over tables in memory, with crashes."""

from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any, TypeVar

from services.chat.subscribers import subscribers as chat_subscribers
from services.disputes.subscribers import subscribers as disputes_subscribers
from services.orders.domain.order import Order
from services.orders.subscribers import subscribers as orders_subscribers
from services.payments.arrivals import Arrivals
from services.payments.subscribers import build as payments_subscribers
from services.scheduler.subscribers import subscribers as scheduler_subscribers
from shared.db.unit_of_work import Work
from shared.ids import Numbers
from shared.messaging.topology import queues
from shared.refusals import Refused
from tests.simulation.bus import Bus
from tests.simulation.faults import Broken, Crash
from tests.support.memory import (
    BusinessClock,
    ChatTables,
    DisputesTables,
    MemoryChatWork,
    MemoryDatabase,
    MemoryDisputesWork,
    MemoryInbox,
    MemoryOrdersWork,
    MemoryPaymentsWork,
    MemorySchedulerWork,
    OrdersTables,
    PaymentsTables,
    SchedulerTables,
    SkewedClock,
    Tables,
    drive,
)

T = TypeVar("T")
Held = TypeVar("Held", bound=Tables)
NUMBERS = Numbers(b"simulation")


@dataclass(frozen=True)
class Line:
    """A line of the report: in which step, what happened, and to whom."""

    step: int
    text: str
    about: frozenset[str]


@dataclass
class World:
    """The marketplace of one seed."""

    clock: BusinessClock = field(default_factory=BusinessClock)
    bus: Bus = field(default_factory=Bus)
    step: int = 0
    report: list[Line] = field(default_factory=list)
    acted: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How often each message had its effect, by consumer and message id."""
    facts: Counter[str] = field(default_factory=Counter)
    """What happened in this run and how often, for the summary."""
    reported_by_bank: list[Any] = field(default_factory=list)
    """Every message of the provider so far, so that it can come again."""

    def __post_init__(self) -> None:
        self.scheduler_clock = SkewedClock(right=self.clock)
        self.orders = MemoryDatabase("orders", OrdersTables(), self.clock, MemoryOrdersWork)
        self.payments = MemoryDatabase("payments", PaymentsTables(), self.clock, MemoryPaymentsWork)
        self.disputes = MemoryDatabase("disputes", DisputesTables(), self.clock, MemoryDisputesWork)
        self.scheduler = MemoryDatabase("scheduler", SchedulerTables(), self.scheduler_clock, MemorySchedulerWork)
        self.chat = MemoryDatabase("chat", ChatTables(), self.clock, MemoryChatWork)
        of = {
            "orders": MemoryInbox(self.orders, orders_subscribers),
            "payments": MemoryInbox(self.payments, payments_subscribers(Arrivals())),
            "disputes": MemoryInbox(self.disputes, disputes_subscribers),
            "scheduler": MemoryInbox(self.scheduler, scheduler_subscribers),
            "chat": MemoryInbox(self.chat, chat_subscribers),
        }
        self.inboxes = {queue: inbox for service, inbox in of.items() for queue in queues(service)}
        for inbox in of.values():
            inbox.passes_through = (Crash, Broken)
            inbox.acted = self._acted

    @property
    def databases(self) -> tuple[MemoryDatabase[Any, Any], ...]:
        """All of them."""
        return self.orders, self.payments, self.disputes, self.scheduler, self.chat

    def _acted(self, queue: str, message_id: str) -> None:
        self.acted[queue, message_id] += 1

    def report_event(self, text: str, *about: str | None) -> None:
        """Remember what happened, and to whom, for the report of a failure."""
        now = self.clock.now() - BusinessClock.time
        result = Line(self.step, f"{_hours(now)}  {text}", frozenset(each for each in about if each))
        self.report.append(result)

    def run(
        self,
        database: MemoryDatabase[Work, Held],
        text: str,
        about: tuple[str | None, ...],
        command: Callable[[Work], Coroutine[Any, Any, T]],
        dice: Random,
    ) -> T | None:
        """A command in one transaction; now and then the process dies before the commit, and nothing has happened."""

        async def run() -> T:
            async with database.transaction() as work:
                answer = await command(work)
                if dice.random() < 0.03:
                    raise Crash
            return answer

        try:
            answer = drive(run())
        except Crash:
            self.facts["crashes before commit"] += 1
            self.report_event(f"{text}: the service died before the commit", *about)
            return None
        except Broken:
            self.report_event(f"{text}: and this breaks the law", *about)
            raise
        except Exception as error:
            self.report_event(f"{text}: {type(error).__name__}", *about)
            known = [each for each in about if each]
            raise Broken("no command fails", f"{text}: {type(error).__name__}: {error}", *known) from error
        refused = answer.code if isinstance(answer, Refused) else None
        self.facts["refusals" if refused else "commands"] += 1
        self.report_event(f"{text}: {refused}" if refused else text, *about)
        return answer

    def all_orders(self) -> list[Order]:
        """Every order, in the order of their placing."""
        return list(self.orders.tables.orders.values())


def _hours(length: timedelta) -> str:
    minutes, seconds = divmod(length.total_seconds(), 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours:>3}:{minutes:02}:{seconds:06.3f}"

"""The storage in memory has every method that commands use of the real repositories."""

import pytest

from tests.support.memory import captures, chat, disputes, ledger, listings, orders, payments, scheduler

FAKES = (
    orders.MemoryOrders,
    orders.MemoryHandOvers,
    orders.MemoryReviews,
    orders.MemoryAccountStatuses,
    listings.MemoryListings,
    payments.MemoryPayments,
    payments.MemoryAttempts,
    payments.MemoryAccountStatuses,
    payments.MemoryAdjustments,
    payments.MemoryGiftCards,
    captures.MemoryWebhooks,
    captures.MemoryCaptures,
    captures.MemoryChargeBacks,
    captures.MemoryClaims,
    ledger.MemoryLedger,
    disputes.MemoryCases,
    disputes.MemoryConduct,
    disputes.MemoryExcerpts,
    scheduler.MemoryTimers,
    chat.MemoryAttachments,
    chat.MemoryConversations,
    chat.MemoryLogs,
    chat.MemoryExcerpts,
    chat.MemorySellers,
    chat.MemoryKnown,
)
HOUSEKEEPING = {"count"}
"""Methods that only loops, metrics and waiting readers use, never a command."""


@pytest.mark.parametrize("fake", FAKES, ids=lambda fake: fake.__name__)
def test_every_method_is_there_in_memory_too(fake: type) -> None:
    real = fake.__mro__[1]
    used = {name for name, value in vars(real).items() if callable(value) and not name.startswith("_")}
    assert used - set(vars(fake)) <= HOUSEKEEPING

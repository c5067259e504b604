"""What every payment provider must do, whoever writes it: each adapter runs this suite (rules 6.2, 6.5)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from uuid import uuid4

import pytest

from services.payments.domain.attempt import Attempt, AttemptAction
from services.payments.domain.provider_event import ProviderEvent, Unreadable
from services.payments.providers import PayIn, ProviderRegistry, Silent
from services.payments.sandbox.bank import LOST_ANSWER, REFUSED, Bank
from services.payments.sandbox.clerk import Clerk, Deed
from services.payments.sandbox.provider import SandboxProvider
from shared.http.problems import RefusedError
from tests.integration.payments.books import Books

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass(frozen=True)
class Adapter:
    """An adapter, and how a test lets its bank do something without a message that arrives."""

    provider: PayIn
    does: Callable[[Attempt, AttemptAction], Awaitable[str]]
    """Answers the event's id."""


@pytest.fixture(params=["sandbox"])
async def adapter(books: Books) -> Adapter:
    """Each adapter in turn; there is one so far."""
    sandbox = SandboxProvider((SECRET,), "http://127.0.0.1:1", Bank(books.database))

    async def does(attempt: Attempt, action: AttemptAction) -> str:
        event_id = f"evt_{uuid4().hex}"
        deed = Deed(action, event_id, f"txn_{uuid4().hex}", attempt.amount, attempt.currency)
        await Clerk(sandbox).does(attempt, deed, is_lost=True)
        return event_id

    return Adapter(sandbox, does)


async def begun(books: Books, amount: int = 100_00) -> Attempt:
    attempt = await books.attempt(await books.placed(amount))
    assert isinstance(attempt, Attempt)
    return attempt


class TestAnAttempt:
    async def test_is_begun_once_under_its_id(self, books: Books, adapter: Adapter) -> None:
        attempt = await begun(books)
        first, again = [await adapter.provider.create(attempt, {}) for _ in range(2)]
        assert first == again
        assert first.next_step is not None
        assert first.declined is None

    async def test_whose_first_answer_is_lost_is_begun_all_the_same(self, books: Books, adapter: Adapter) -> None:
        attempt = await begun(books, LOST_ANSWER)
        with pytest.raises(Silent):
            await adapter.provider.create(attempt, {})
        assert await adapter.provider.fetch(attempt) == []
        assert (await adapter.provider.create(attempt, {})).next_step is not None

    async def test_that_is_refused_leads_nowhere(self, books: Books, adapter: Adapter) -> None:
        refused = await adapter.provider.create(await begun(books, REFUSED), {})
        assert (refused.next_step, refused.declined) == (None, "risk_blocked")

    async def test_that_the_provider_does_not_know_is_none(self, books: Books, adapter: Adapter) -> None:
        assert await adapter.provider.fetch(await begun(books)) is None


class TestAHold:
    async def test_is_voided_once_and_for_all(self, books: Books, adapter: Adapter) -> None:
        attempt = await begun(books)
        await adapter.provider.create(attempt, {})
        await adapter.does(attempt, AttemptAction.AUTHORISE)
        assert [await adapter.provider.void(attempt) for _ in range(2)] == [True, True]

    async def test_that_was_captured_is_not(self, books: Books, adapter: Adapter) -> None:
        attempt = await begun(books)
        await adapter.provider.create(attempt, {})
        await adapter.does(attempt, AttemptAction.CAPTURE)
        assert await adapter.provider.void(attempt) is False


class TestItsMessages:
    async def test_are_fetched_as_they_would_have_arrived(self, books: Books, adapter: Adapter) -> None:
        attempt = await begun(books)
        await adapter.provider.create(attempt, {})
        expected = [await adapter.does(attempt, each) for each in (AttemptAction.AUTHORISE, AttemptAction.CAPTURE)]
        messages = await adapter.provider.fetch(attempt)
        assert messages is not None
        assert [event_id for event_id, _ in messages] == expected
        event = adapter.provider.read(*messages[1])
        assert isinstance(event, ProviderEvent)
        of = (event.attempt_id, event.action, event.amount, event.currency)
        assert of == (attempt.id, AttemptAction.CAPTURE, attempt.amount, attempt.currency)

    @pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"[]", b"{", b'{"type":"payment.captured"}', b"0" * 100_000])
    async def test_that_are_no_messages_are_refused_unsigned_and_stored_signed(
        self, adapter: Adapter, body: bytes
    ) -> None:
        headers = {"webhook-id": "e", "webhook-timestamp": "1", "webhook-signature": "v1,\udcff x"}
        for sent in ({}, headers):
            with pytest.raises(RefusedError) as caught:
                adapter.provider.check(sent, body)
            assert caught.value.refused.code.status == 401
        assert adapter.provider.read("e", body) is None or isinstance(adapter.provider.read("e", body), Unreadable)


class TestItsCurrencies:
    async def test_each_has_a_minor_unit_or_payments_does_not_start(self, adapter: Adapter) -> None:
        provider = adapter.provider
        ProviderRegistry({provider.name: provider})
        provider.minor_units = {name: unit for name, unit in provider.minor_units.items() if name != "KRW"}
        with pytest.raises(ValueError, match="no minor unit for KRW"):
            ProviderRegistry({provider.name: provider})


def test_a_method_of_any_currency_needs_all_of_them() -> None:
    provider = SandboxProvider((SECRET,), "", Bank(None))  # type: ignore[arg-type]
    provider.methods = tuple(replace(each) for each in provider.methods if each.name == "card")
    provider.minor_units = {"MYR": 2}
    with pytest.raises(ValueError, match="no minor unit for AED"):
        ProviderRegistry({provider.name: provider})

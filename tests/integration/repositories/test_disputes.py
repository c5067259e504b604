"""Cases with their trail, closings that came first, accounts, offences, flags; the same in memory and on PostgreSQL."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.disputes.domain.case import Case, Outcome, Ruling, State
from services.disputes.domain.conduct import Account, AccountStatus
from services.disputes.domain.excerpt import Entry, Part
from services.disputes.repository import Evidence, Step
from shared.ids import new_id
from tests.integration.repositories.examples import HOUR, name
from tests.integration.repositories.storage import T0, Storage

STEP = Step("C3", "olga", "support", T0, "because")
MINUTES = timedelta(minutes=1)


def a_case() -> Case:
    """An open case of an order of its own."""
    people = (name("buyer"), name("seller"))
    return Case(new_id(), name("K"), *people, 100_00, "MYR", "escalated", State.OPEN, 1, 1, T0, T0)


async def opened(storage: Storage) -> Case:
    """A case that is stored, due in an hour."""
    case = a_case()
    async with storage.disputes.transaction() as work:
        assert await work.cases.open(case, T0 + HOUR, {"number": case.number})
    return case


class TestACase:
    async def test_is_opened_once_per_order(self, storage: Storage) -> None:
        case = await opened(storage)
        async with storage.disputes.transaction() as work:
            again = await work.cases.open(replace(a_case(), number=case.number), T0, {})
            found = [await work.cases.lock(case.id), await work.cases.lock_of(case.number)]
            unknown = [await work.cases.lock(new_id()), await work.cases.lock_of(name("K"))]
        assert again is False
        assert [(each.case, each.at) for each in found if each is not None] == [(case, T0), (case, T0)]
        assert unknown == [None, None]

    async def test_is_saved_with_its_ruling_and_not_from_an_older_version(self, storage: Storage) -> None:
        case = await opened(storage)
        ruling = Ruling(Outcome.SPLIT, 40_00, "both are right", "olga", T0)
        after = replace(case, version=2, generation=2, state=State.DECIDED, ruling=ruling, assigned_to="olga")
        async with storage.disputes.transaction() as work:
            await work.cases.save(case, after, None, STEP)
            await work.cases.add_evidence(case.id, Evidence(new_id(), case.buyer, "buyer", "see", None, T0))
            await work.cases.put_snapshot(case.id, {"number": case.number, "held": 1})
        with pytest.raises(RuntimeError, match="changed under its own lock"):
            async with storage.disputes.transaction() as work:
                await work.cases.save(case, after, None, STEP)
        async with storage.disputes.transaction() as work:
            locked = await work.cases.lock(case.id)
        assert locked is not None
        assert locked.case == after

    async def test_is_overdue_only_after_so_many_seconds_and_while_it_has_a_clock(self, storage: Storage) -> None:
        case, done = await opened(storage), await opened(storage)
        async with storage.disputes.transaction() as work:
            await work.cases.save(done, replace(done, version=2), None, STEP)
        await storage.at(T0 + HOUR + 2 * MINUTES)
        async with storage.disputes.transaction() as work:
            exactly = [each.id for each in await work.cases.overdue(120, 1000)]
        await storage.at(T0 + HOUR + 3 * MINUTES)
        async with storage.disputes.transaction() as work:
            late = {each.id: each.generation for each in await work.cases.overdue(120, 1000)}
            raised = (await work.cases.next_generation(case)).generation
        assert case.id not in exactly
        assert (late.get(case.id), raised) == (2, 3)
        assert done.id not in late

    async def test_that_is_requested_after_its_order_was_closed_finds_how(self, storage: Storage) -> None:
        number = name("K")
        async with storage.disputes.transaction() as work:
            await work.cases.remember_closing(number, 5, "T24", T0)
            await work.cases.remember_closing(number, 6, "T26", T0 + HOUR)
        async with storage.disputes.transaction() as work:
            assert await work.cases.take_closing(number) == ("T24", T0)
            assert await work.cases.take_closing(number) is None


class TestAnExcerpt:
    async def test_is_stored_once_before_or_after_its_case(self, storage: Storage) -> None:
        case, part = a_case(), Part(1, 2, omitted=False)
        entry = Entry(new_id(), "comment", 3, "bob", "seller", None, "Hello", False, T0)
        of_a_deadline = replace(entry, id=new_id(), kind="system", by_user=None, by_role=None, row="T20")
        added = []
        async with storage.disputes.transaction() as work:
            for _ in range(2):
                await work.excerpts.add_part(case.number, part)
                added.append(await work.excerpts.add(case.number, [entry]))
        async with storage.disputes.transaction() as work:
            assert await work.cases.open(case, T0 + HOUR, {})
            await work.excerpts.case_opened(case.number)
            await work.excerpts.add_part(case.number, replace(part, part=2))
            added.append(await work.excerpts.add(case.number, [entry, of_a_deadline]))
            added.append(await work.excerpts.add(name("K"), [entry]))
        assert added == [1, 0, 1, 1]


class TestAnAccount:
    async def test_is_new_and_active_when_it_is_unknown(self, storage: Storage) -> None:
        user = name("user")
        async with storage.disputes.transaction() as work:
            assert await work.conduct.lock(user) == (Account(user), T0)
            assert not await work.conduct.is_suspended(user)

    async def test_is_saved_and_not_from_an_older_version(self, storage: Storage) -> None:
        before = Account(name("user"))
        after = Account(before.user, AccountStatus.SUSPENDED, 2, frozen=True, reason="twice", version=1, changed_at=T0)
        async with storage.disputes.transaction() as work:
            await work.conduct.lock(before.user)
            await work.conduct.save(before, after, "O2", None)
            assert await work.conduct.is_suspended(before.user)
        with pytest.raises(RuntimeError, match="changed under its own lock"):
            async with storage.disputes.transaction() as work:
                await work.conduct.save(before, after, "O2", None)
        async with storage.disputes.transaction() as work:
            assert await work.conduct.lock(before.user) == (after, T0)


class TestAnOffence:
    async def test_counts_once_per_source_annulled_or_not(self, storage: Storage) -> None:
        user, source, offence = name("user"), ("listing", name("source")), new_id()
        async with storage.disputes.transaction() as work:
            added = [await work.conduct.add_offence(each, user, source, ["email"], T0) for each in (offence, new_id())]
            wrong = await work.conduct.annul(offence, name("user"), T0, "olga", "an error")
            annulled = [await work.conduct.annul(offence, user, T0, "olga", "an error") for _ in range(2)]
            again = await work.conduct.add_offence(new_id(), user, source, ["email"], T0)
            known = [await work.conduct.has_offence(offence, each) for each in (user, name("user"))]
        assert (added, wrong, annulled, again) == ([True, False], False, [True, False], False)
        assert known == [True, False]


class TestAFlag:
    async def test_is_written_once_per_source_and_resolved_once(self, storage: Storage) -> None:
        user, source, flag = name("user"), name("source"), new_id()
        given = (user, "off_site_offer", "text", "detector", source, T0)
        async with storage.disputes.transaction() as work:
            written = [await work.conduct.flag(each, *given) for each in (flag, new_id())]
            rows = [await work.conduct.resolve(flag, T0, "olga", "spoken to") for _ in range(2)]
            known = [await work.conduct.flagged(each) for each in (flag, new_id())]
        assert (written, known) == ([True, False], [user, None])
        assert rows[1] is None
        assert rows[0] is not None
        assert (rows[0]["user"], rows[0]["resolved_by"], rows[0]["resolution"]) == (user, "olga", "spoken to")

"""D9: what support owes an answer to, and for how long (rules 8.7)."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.chat.domain.support import (
    ANSWER_WITHIN,
    TABLE,
    Action,
    Channel,
    Item,
    Row,
    Status,
    Unanswered,
    apply,
    begun,
    current,
    decide,
)
from shared.refusals import Refusal

T0 = datetime(2026, 3, 2, 20, tzinfo=UTC)
ANSWERED = begun(UUID(int=1), "alice", Channel.MESSAGE)


def after(item: Item, action: Action, unanswered: Unanswered | None) -> Item:
    """The item after the action; unchanged if it has no row."""
    row = decide(item, action, more=unanswered is not None)
    return apply(item, row, unanswered) if isinstance(row, Row) else item


class TestWhenMustSupportAnswer:
    def test_within_a_day_of_the_first_unanswered_message(self) -> None:
        waiting = after(ANSWERED, Action.ASK, Unanswered(1, T0))
        deadline = current(waiting)
        assert deadline is not None
        assert (deadline.kind, deadline.due_at) == ("D9", T0 + timedelta(hours=24))

    def test_more_messages_do_not_restart_it(self) -> None:
        waiting = after(ANSWERED, Action.ASK, Unanswered(1, T0))
        assert after(waiting, Action.ASK, Unanswered(2, T0 + timedelta(hours=5))) == waiting

    def test_an_answer_to_everything_ends_it(self) -> None:
        waiting = after(ANSWERED, Action.ASK, Unanswered(1, T0))
        answered = after(waiting, Action.ANSWER, None)
        assert (answered.status, answered.unanswered, current(answered)) == (Status.ANSWERED, None, None)

    def test_an_answer_to_the_first_leaves_the_second_with_its_own_day(self) -> None:
        later = Unanswered(2, T0 + timedelta(hours=5))
        left = after(after(ANSWERED, Action.ASK, Unanswered(1, T0)), Action.ANSWER, later)
        deadline = current(left)
        assert deadline is not None
        assert (left.status, deadline.due_at) == (Status.WAITING, later.at + ANSWER_WITHIN)

    def test_when_it_is_over_the_user_still_waits_and_no_second_alarm_comes(self) -> None:
        first = Unanswered(1, T0)
        overdue = after(after(ANSWERED, Action.ASK, first), Action.EXPIRE, first)
        assert (overdue.status, overdue.unanswered, current(overdue)) == (Status.OVERDUE, first, None)
        assert decide(overdue, Action.EXPIRE) is Refusal.WRONG_STATUS

    def test_an_overdue_answer_ends_it_too(self) -> None:
        first = Unanswered(1, T0)
        overdue = after(after(ANSWERED, Action.ASK, first), Action.EXPIRE, first)
        assert after(overdue, Action.ANSWER, None).status is Status.ANSWERED

    def test_an_answer_to_nobody_changes_nothing(self) -> None:
        assert after(ANSWERED, Action.ANSWER, None) == ANSWERED


class TestTheTable:
    @pytest.mark.parametrize("action", Action)
    @pytest.mark.parametrize("status", Status)
    @pytest.mark.parametrize("more", [False, True])
    def test_has_at_most_one_row_for_everything(self, action: Action, status: Status, more: bool) -> None:
        rows = [row for row in TABLE if row.action is action and status in row.sources and row.more in (None, more)]
        assert len(rows) <= 1

    def test_an_item_is_answered_exactly_when_nothing_is_unanswered(self) -> None:
        with pytest.raises(AssertionError):
            apply(ANSWERED, TABLE[0], None)

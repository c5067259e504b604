"""Who may use a picture, who sees it, and until when it is kept (rules 8.3, 8.6; D12)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.chat.domain.attachment import Attachment, Picture, UploadContext, retained_until
from shared.actor import Actor

AT = datetime(2026, 3, 2, tzinfo=UTC)
DAY = timedelta(days=1)
HERE = UploadContext(conversation_id=UUID(int=1))
BOB = Actor("bob")
UNUSED = Attachment(UUID(int=9), HERE, "bob", "bob", Picture("0" * 64, "image/png", 1, 1), None, None)


class TestWhoMayUseIt:
    def test_is_its_uploader_where_it_was_uploaded_for_once(self) -> None:
        assert UNUSED.may_be_used(BOB, HERE)
        assert not replace(UNUSED, used_at=AT).may_be_used(BOB, HERE)
        assert not replace(UNUSED, purged_at=AT).may_be_used(BOB, HERE)

    @pytest.mark.parametrize(
        "context",
        [
            UploadContext(conversation_id=UUID(int=2)),
            UploadContext(number="K5657777893"),
            UploadContext(number="K5657777893", dispute_id=UUID(int=1)),
        ],
    )
    def test_is_nobody_anywhere_else(self, context: UploadContext) -> None:
        assert not UNUSED.may_be_used(BOB, context)
        assert not replace(UNUSED, context=context).may_be_used(BOB, HERE)

    @pytest.mark.parametrize("other", [Actor("alice"), Actor("helper", "user", "bob"), Actor("sam", "support")])
    def test_is_nobody_else_not_even_for_the_same_account(self, other: Actor) -> None:
        assert not UNUSED.may_be_used(other, HERE)

    def test_an_order_and_its_dispute_are_two_places(self) -> None:
        order, dispute = UploadContext(number="K1"), UploadContext(number="K1", dispute_id=UUID(int=1))
        assert (order.kind, dispute.kind, HERE.kind) == ("order", "dispute", "conversation")
        assert order != dispute


class TestWhoSeesIt:
    def test_is_only_its_own_side_until_it_is_used(self) -> None:
        assert [UNUSED.is_seen_by(each) for each in (BOB, Actor("helper", "user", "bob"), Actor("alice"))] == [
            True,
            True,
            False,
        ]
        assert replace(UNUSED, used_at=AT).is_seen_by(Actor("alice"))


class TestHowLongItIsKept:
    def test_is_90_days_after_the_order_closed(self) -> None:
        closed = AT + 5 * DAY
        assert retained_until(AT, now=AT + 10 * DAY, is_open=False, closed_at=closed) == closed + 90 * DAY

    def test_is_90_days_after_it_was_used_if_the_order_was_closed_before_or_there_is_none(self) -> None:
        assert retained_until(AT, now=AT + DAY, is_open=False, closed_at=AT - DAY) == AT + 90 * DAY
        assert retained_until(AT, now=AT + DAY, is_open=False, closed_at=None) == AT + 90 * DAY

    @pytest.mark.parametrize("days", [0, 89, 90, 400])
    def test_is_longer_as_long_as_an_order_or_a_dispute_is_open(self, days: int) -> None:
        now = AT + days * DAY
        assert retained_until(AT, now=now, is_open=True, closed_at=AT) > now

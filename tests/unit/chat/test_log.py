"""The log of an order: every line holds the one before it, and nobody sees a log who is no party."""

from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

import pytest

from services.chat.domain.attachment import Proof
from services.chat.domain.log import FIRST_HASH, Line, Order, chained, digest

AT = datetime(2026, 3, 2, 20, tzinfo=UTC)
ORDER = Order("K5657777893", "bob", "alice", "item", True, 0, FIRST_HASH)
LINE = Line(ORDER.number, 0, UUID(int=1), "comment", "bob", "buyer", None, None, "Hello", AT)

PROOF = Proof(UUID(int=7), "b" * 64)


class TestALine:
    def test_is_placed_at_the_end_with_the_hash_of_the_last_one(self) -> None:
        first = chained(ORDER, LINE)
        second = chained(replace(ORDER, lines=1, hash=first.hash), replace(LINE, id=UUID(int=2)))
        assert (first.seq, first.previous_hash, second.seq, second.previous_hash) == (1, FIRST_HASH, 2, first.hash)

    def test_has_the_hash_that_the_page_describes(self) -> None:
        line = chained(ORDER, LINE)
        assert line.hash == digest(line) == "58818d563b4cd0d2db0e78d4bcdf10c7f127cd7ac1372f7eb4e671925069e64e"

    @pytest.mark.parametrize(
        "change",
        [
            {"text": "Hello!"},
            {"by_user": "alice"},
            {"by_role": "seller"},
            {"at": datetime(2026, 3, 2, 21, tzinfo=UTC)},
            {"seq": 2},
            {"id": UUID(int=9)},
            {"number": "K0000000000"},
            {"kind": "system"},
            {"row": "T3"},
            {"previous_hash": "0"},
            {"attachments": (PROOF,)},
        ],
        ids=lambda change: next(iter(change)),
    )
    def test_has_another_hash_if_anything_in_it_is_changed(self, change: dict[str, object]) -> None:
        line = chained(ORDER, LINE)
        assert digest(replace(line, **change)) != line.hash  # type: ignore[arg-type]

    def test_does_not_take_a_part_of_one_field_for_another(self) -> None:
        one, other = replace(LINE, by_user="bobb", by_role=None), replace(LINE, by_user="bob", by_role="buyer")
        assert digest(one) != digest(other)


class TestTheProofInALine:
    def test_is_its_pictures_in_their_order_each_with_the_hash_of_its_original(self) -> None:
        other = Proof(UUID(int=8), "a" * 64)
        lines = [replace(LINE, attachments=each) for each in ((PROOF, other), (other, PROOF), (PROOF,), ())]
        changed = replace(LINE, attachments=(replace(PROOF, sha256="c" * 64), other))
        assert len({digest(each) for each in (*lines, changed)}) == 5

    def test_is_hashed_as_the_page_describes(self) -> None:
        line = replace(LINE, attachments=(PROOF,))
        whole = f"0:11:K56577778931:036:{LINE.id}7:comment3:bob5:buyer0:5:Hello32:2026-03-02T20:00:00.000000+00:00"
        whole += f"101:{PROOF.id}:{PROOF.sha256}"
        assert digest(line) == sha256(whole.encode()).hexdigest()


class TestWhoReadsIt:
    @pytest.mark.parametrize(
        ("account", "support", "paid", "role"),
        [
            ("bob", False, False, "buyer"),
            ("alice", False, True, "seller"),
            ("alice", False, False, None),
            ("eve", False, True, None),
            ("sam", True, False, "support"),
        ],
    )
    def test_is_a_party_or_support(self, account: str, support: bool, paid: bool, role: str | None) -> None:
        assert replace(ORDER, paid=paid).role_of(account, support=support) == role

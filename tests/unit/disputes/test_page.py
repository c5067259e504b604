"""The printed case file: everything in words, and whatever people wrote is text and nothing else."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.disputes.api import wording
from services.disputes.api.page import HEADERS, printed
from services.disputes.domain.case import Case, Deadline, Outcome, Ruling, State
from services.disputes.queries import CaseFile, Excerpt
from services.disputes.tables import CaseStepRow, EntryRow, EvidenceRow
from tests.unit.disputes.test_case import OPEN

GOLDEN = Path(__file__).parents[2] / "contracts" / "golden" / "dispute.requested.json"
PASSED = "2026-03-03T05:00:00.000Z"
T0 = datetime(2026, 3, 3, 16, tzinfo=UTC)
PICTURE = UUID(int=77)
EVIL = "<script>alert('1')</script> & \"quotes\""
TURNED = "pay \u202eRYM 00.01\u2066"
DECIDED = replace(
    OPEN,
    held=100_00,
    state=State.DECIDED,
    assigned_to="sue",
    ruling=Ruling(Outcome.SPLIT, 40_00, "Part of it arrived.", "sue", T0 + timedelta(hours=3)),
)
CLOSED = replace(DECIDED, state=State.CLOSED, outcome=Outcome.SPLIT, closed_at=T0 + timedelta(hours=3))


def snapshot(**changes: Any) -> dict[str, Any]:
    """The order as orders told it when the case was opened; somewhere in its history a deadline passed."""
    order = json.loads(GOLDEN.read_text())
    passed = {"row": "T16", "user": None, "role": None, "deadline": "D5", "at": PASSED, "why": "Nobody objected."}
    return {**order, "quantity": 2, "unit_price": 50_00, "history": [*order["history"], passed], **changes}


def evidence(number: int, role: str, text: str, video: str | None = None) -> EvidenceRow:
    at = T0 + timedelta(hours=number)
    return EvidenceRow(
        id=UUID(int=number),
        case_id=OPEN.id,
        by_user=f"the-{role}",
        by_role=role,
        text=text,
        video_reference=video,
        at=at,
        attachments=[PICTURE] if video else [],
    )


def entry(
    number: int, kind: str, role: str | None, text: str, row: str | None = None, *, auto: bool = False
) -> EntryRow:
    at = T0 - timedelta(days=1) + timedelta(hours=number)
    about: dict[str, Any] = {
        "number": OPEN.number,
        "id": UUID(int=number),
        "kind": kind,
        "seq": number,
        "row": row,
        "auto": auto,
        "attachments": [PICTURE] if kind == "comment" else [],
    }
    return EntryRow(**about, by_user=f"the-{role}" if role else None, by_role=role, text=text, at=at)


EMPTY = Excerpt((), 0, complete=True, omitted=False)
KINDS = ("message", "comment", "system")
TALK = (
    entry(1, "message", "buyer", "Is it all 1000?"),
    entry(2, "message", "seller", "Back soon", auto=True),
    entry(3, "system", "seller", "Order delivered by the seller", "T7"),
    entry(4, "system", None, "Refund refused by the deadline D6", "T20"),
    entry(5, "comment", "support", "Please show the trade"),
)


def page(case: Case = OPEN, evidence_rows: Sequence[EvidenceRow] = (), excerpt: Excerpt = EMPTY, **changes: Any) -> str:
    steps = [CaseStepRow(case_id=OPEN.id, version=1, row="C0", by_role="order", at=T0, why="The case was opened.")]
    clock = Deadline("reminder", T0 + timedelta(days=1)) if case.state is State.OPEN else None
    return printed(CaseFile(case, snapshot(**changes), evidence_rows, steps, clock, excerpt))


def text(html: str) -> str:
    """What a reader sees, in one line."""
    bare = re.sub(r"<style>.*?</style>|<[^>]*>", " ", html, flags=re.DOTALL)
    return re.sub(r" (?=[.,:])", "", " ".join(unescape(bare).split()))


class TestIsItSaidInWords:
    def test_no_code_and_no_bare_number_is_left(self) -> None:
        seen = text(page(CLOSED, [evidence(1, "buyer", "Look at the video.")]))
        assert re.findall(r"\b[a-z]+_[a-z_]+\b|\d{4}-\d\d-\d\dT|\{|\b(?:500|259200|86400|10000|3000)\b", seen) == []

    def test_rates_windows_and_times(self) -> None:
        seen = text(page())
        for words in ("Seller's fee 5 %", "Tax on the fee 8 %", "Time to deliver 3 days", "Time to pay 1 hour"):
            assert words in seen
        assert "after 1 hour, seller answers within 6 hours" in seen
        assert "Category Item" in seen
        assert "Reminder to support 4 Mar 2026, 16:00 UTC" in seen
        assert "Price 2 \u00d7 MYR 50.00 = MYR 100.00" in seen

    def test_a_time_is_exact_for_machines(self) -> None:
        assert '<time datetime="2026-03-03T16:00:00.000Z">3 Mar 2026, 16:00 UTC</time>' in page()

    @pytest.mark.parametrize(
        ("seconds", "words"),
        [(1, "1 second"), (90, "90 seconds"), (5400, "90 minutes"), (86_400, "1 day"), (90_000, "25 hours")],
    )
    def test_lengths_of_time(self, seconds: int, words: str) -> None:
        assert wording.duration(seconds) == words

    @pytest.mark.parametrize(
        ("rate", "words"), [(0, "0 %"), (1000, "10 %"), (5, "0.05 %"), (825, "8.25 %"), (None, "not fixed yet")]
    )
    def test_rates(self, rate: int | None, words: str) -> None:
        assert wording.rate(rate) == words


class TestWhatIsAtStake:
    def test_comes_first_with_what_a_decision_would_do(self) -> None:
        seen = text(page())
        assert seen.index("At stake MYR 100.00 is held in escrow.") < seen.index("What both sides say")
        assert "The buyer asks for MYR 30.00" in seen
        assert "Buyer gets MYR 100.00 MYR 0.00 Seller gets MYR 0.00 MYR 94.60" in seen

    @pytest.mark.parametrize(
        ("case", "words"),
        [
            (DECIDED, "Decision The money is split Buyer gets MYR 40.00 Seller gets MYR 56.76 Fee and tax MYR 3.24"),
            (CLOSED, "Outcome The money is split Buyer gets MYR 40.00"),
            (replace(CLOSED, outcome=Outcome.SELLER_AGREED, overtaken=True), "after all Buyer gets MYR 30.00"),
            (replace(CLOSED, outcome=Outcome.WITHDRAWN, overtaken=True), "after all Buyer gets MYR 0.00"),
        ],
    )
    def test_how_it_ended_is_shown_with_the_money(self, case: Case, words: str) -> None:
        assert words in text(page(case))
        assert ("the ruling was overtaken" in text(page(case))) == case.overtaken

    def test_a_charge_back_without_a_request_is_told_too(self) -> None:
        seen = text(page(replace(OPEN, cause="charged_back"), refund_request=None))
        assert "The buyer's bank took the payment back." in seen
        assert "The buyer made no refund request." in seen
        assert "The seller has not answered a request." in seen


class TestWhoSaidWhat:
    def test_both_sides_stand_side_by_side_and_evidence_in_order(self) -> None:
        evidence_rows = [evidence(1, "seller", "The trade log"), evidence(2, "buyer", "A video", "Subject K5657777893")]
        html = page(OPEN, evidence_rows)
        sides = re.findall(r'<article class="(\w+)">(.*?)</article>', html, re.DOTALL)
        assert [side for side, _ in sides] == ["buyer", "seller"]
        assert "Only 700 arrived." in sides[0][1]
        assert "1000 were delivered, see the log." in sides[1][1]
        items = re.findall(r'<li class="(\w+)">', html)
        assert items == ["seller", "buyer"]
        assert f"Picture {PICTURE} Video: Subject K5657777893" in text(html)

    def test_the_history_is_one_in_order_of_time(self) -> None:
        seen = text(page())
        lines = ["The buyer ordered", "Nobody objected. T16", "The seller refused the", "The case was opened. C0"]
        assert sorted(lines, key=seen.index) == lines
        assert "3 Mar 2026, 05:00 UTC Deadline D5 Nobody objected." in seen


class TestWhatTheyWroteToEachOther:
    def test_stands_with_the_log_in_order_of_time(self) -> None:
        seen = text(page(excerpt=Excerpt(TALK, len(TALK), complete=True, omitted=False)))
        wanted = "Buyer the-buyer, 2 Mar 2026, 17:00 UTC, in chat Is it all 1000?"
        lines = [wanted, "automatic reply Back soon", "Order delivered by the seller T7, 2 Mar 2026, 19:00 UTC"]
        lines += [
            "Refund refused by the deadline D6 T20",
            f"in the log Please show the trade Picture {PICTURE}",
        ]
        assert sorted(lines, key=seen.index) == lines
        assert "in no case" not in seen
        assert "arrived yet" not in seen

    @pytest.mark.parametrize(
        ("excerpt", "words"),
        [
            (Excerpt(TALK, 700, complete=True, omitted=False), "The newest 5 of 700 messages and lines."),
            (Excerpt(TALK, 5, complete=True, omitted=True), "What the two wrote still earlier is in no case."),
            (Excerpt(TALK, 5, complete=False, omitted=False), "Not everything has arrived yet"),
        ],
    )
    def test_what_is_not_on_the_page_is_said(self, excerpt: Excerpt, words: str) -> None:
        assert words in text(page(excerpt=excerpt))

    def test_is_text_and_turns_nothing(self) -> None:
        evil = [entry(n, kind, "buyer", f"{EVIL} {TURNED} \x1b[2J\x00") for n, kind in enumerate(KINDS, 1)]
        html = page(excerpt=Excerpt(evil, len(evil), complete=True, omitted=False))
        assert "<script" not in html
        assert html.count("&lt;script&gt;") == 3
        assert html.count("pay [U+202E]RYM 00.01[U+2066] [U+001B][2J[U+0000]") == 3


class TestWhateverPeopleWrote:
    def test_is_text_and_keeps_its_lines(self) -> None:
        ruling = replace(OPEN, state=State.DECIDED, ruling=Ruling(Outcome.SPLIT, 1, EVIL, EVIL, T0))
        request = {**snapshot()["refund_request"], "description": EVIL, "refusal_reason": EVIL}
        html = page(ruling, [evidence(1, "buyer", f"{EVIL}\nSecond line", EVIL)], title=EVIL, refund_request=request)
        assert "<script" not in html
        assert html.count("&lt;script&gt;") == 7
        assert "Second line" in html
        assert "white-space: pre-wrap" in html

    def test_can_not_turn_the_direction_of_what_follows(self) -> None:
        html = page(OPEN, [evidence(1, "buyer", TURNED, TURNED)], title=TURNED)
        assert not set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069") & set(html)
        assert html.count("pay [U+202E]RYM 00.01[U+2066]") == 3
        assert html.count('<blockquote dir="auto">') == 3


class TestWhatMayThePageDo:
    def test_nothing_but_be_read_and_printed(self) -> None:
        html = page()
        assert re.findall(r"<(?:script|link|img|iframe|form|object)|\bon\w+=|(?:src|href)=|@import|url\(", html) == []
        assert "@media print" in html
        assert HEADERS["Content-Security-Policy"].startswith("default-src 'none'; style-src 'unsafe-inline';")

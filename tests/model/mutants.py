"""Mutants of the model: each is a rule read wrongly, and the tests must notice."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.model.book import HOUR, Book
from tests.model.order import Order
from tests.model.payment import Payment
from tests.model.people import Person

Mutant = Callable[[pytest.MonkeyPatch], Book]
RIGHT = Book()


def number(**changes: Any) -> Mutant:
    """Replaces a number of the book."""
    return lambda _: replace(RIGHT, **changes)


def reading(owner: type, name: str, wrong: Callable[..., Any]) -> Mutant:
    """Replaces a method by another one, which gets the right one as its first argument."""

    def mutant(patch: pytest.MonkeyPatch) -> Book:
        right = getattr(owner, name)
        patch.setattr(owner, name, lambda *given, **named: wrong(right, *given, **named))
        return RIGHT

    return mutant


def _expires_at_the_last_moment(right: Callable[..., None], order: Order, until: int) -> None:
    right(order, until - 1)


def _silence_returns_the_requested_part(right: Callable[..., None], order: Order, due_at: int) -> None:
    if order.place == "refunding_pre":
        order._becomes("timed_out")
        order._ends("T13", due_at, order.requests[-1].amount)
    else:
        right(order, due_at)


def _silence_returns_everything(right: Callable[..., None], order: Order, due_at: int) -> None:
    if order.place == "refunding_post":
        order.requests[-1].amount = order.held
    right(order, due_at)


def _any_number_of_requests(right: Callable[..., str | None], order: Order, now: int) -> str | None:
    code = right(order, now)
    return None if code == "refund_already_used" else code


def _begins_again(right: Callable[..., None], order: Order, now: int) -> None:
    right(order, now)
    if order.status == "waiting_confirmation":
        order.delivered_at = now


def _only_wrong_status(right: Callable[..., str | None], order: Order, act: str) -> str | None:
    code = right(order, act)
    return "wrong_status" if code == "deadline_passed" else code


def _may_still_agree(right: Callable[..., None], order: Order, now: int) -> None:
    right(order, now)
    order.charged_back = False


def _is_reported_twice(right: Callable[..., None], payment: Payment, now: int, pays: str, *, first: bool) -> None:
    right(payment, now, "right" if pays == "repeat" else pays, first=first)


def _is_declined_again(right: Callable[..., None], payment: Payment, now: int) -> None:
    payment.answered.discard(payment.cards - 1)
    right(payment, now)


def _closes_nothing(_right: Callable[..., None], _person: Person, _now: int) -> None:
    pass


def _is_lost(right: Callable[..., None], payment: Payment, now: int, pays: str, *, first: bool) -> None:
    before = payment.order.buyer.balance
    right(payment, now, pays, first=first)
    payment.order.buyer.balance = before


def _freezes_always(right: Callable[..., None], person: Person, freeze: bool) -> None:
    right(person, freeze=True)


MUTANTS: dict[str, Mutant] = {
    "two_hours_to_pay": number(to_pay=2 * HOUR),
    "no_gate": number(before_request=0),
    "71_hours_to_deliver": number(to_deliver=71 * HOUR),
    "5_hours_to_answer": number(to_answer_before_delivery=5 * HOUR),
    "73_hours_to_confirm": number(to_confirm=73 * HOUR),
    "23_hours_to_answer": number(to_answer_after_delivery=23 * HOUR),
    "a_millisecond_more_to_escalate": number(to_escalate=72 * HOUR + 1),
    "another_fee": number(fees={"item": 501, "account": 1000}),
    "one_fee_for_all": number(fees={"item": 500, "account": 500}),
    "an_old_tax": number(tax=600),
    "half_down": reading(
        Book, "seller_gets", lambda right, book, gross, category: right(book, max(0, gross - 1), category)
    ),
    "due_is_in_time": reading(Order, "passes", _expires_at_the_last_moment),
    "silence_returns_a_part": reading(Order, "_expires", _silence_returns_the_requested_part),
    "silence_returns_all": reading(Order, "_expires", _silence_returns_everything),
    "asking_again_and_again": reading(Order, "not_yet", _any_number_of_requests),
    "confirming_begins_again": reading(Order, "cancel_refund_request", _begins_again),
    "never_too_late": reading(Order, "no", _only_wrong_status),
    "agreeing_after_the_bank": reading(Order, "is_charged_back", _may_still_agree),
    "told_twice_is_paid_twice": reading(Payment, "capture", _is_reported_twice),
    "a_decline_counts_again": reading(Payment, "fail", _is_declined_again),
    "declines_close_nothing": reading(Person, "is_declined", _closes_nothing),
    "late_money_is_lost": reading(Payment, "capture", _is_lost),
    "freezing_always": reading(Person, "is_suspended", _freezes_always),
}

"""Fixed scenarios: together they reach every row and every refusal, so that nothing depends on chance."""

from tests.model.book import DAY, HOUR, MINUTE, SECOND
from tests.model.openings import DELIVERED, PAID, PLACED, REFUSED, REQUESTED
from tests.model.steps import (
    Step,
    attempt,
    bank,
    checkout,
    forces,
    gives_back,
    passes,
    perform,
    refuses,
    requests_refund,
    rules,
    suspends,
)

DELIVER, CONFIRM, AGREE = perform("deliver", "seller"), perform("confirm", "buyer"), perform("agree_refund", "seller")
TAKE_BACK, ESCALATE, DELETE = (perform(act, "buyer") for act in ("cancel_refund_request", "escalate", "delete"))
FROM_BALANCE = attempt("balance", text="it is me")
JUST_BEFORE_D1 = passes(HOUR - 1)

TOURS: dict[str, tuple[Step, ...]] = {
    "nobody_pays": (
        *(checkout("seller"), checkout(), attempt("ideal"), attempt(who="seller"), attempt("balance"), FROM_BALANCE),
        *(perform("deliver", "seller"), perform("confirm", "nobody"), JUST_BEFORE_D1, attempt(), bank("authorise")),
        *(passes(HOUR, silent=True), attempt(), bank("capture"), DELETE, bank("capture"), passes(2 * HOUR)),
        *(checkout(), FROM_BALANCE, DELIVER),
    ),
    "money_that_does_not_fit": (
        *(*PLACED, bank("capture", "less"), bank("capture", "foreign"), bank("fail"), attempt()),
        *(bank("capture", "more"), bank("capture", "repeat"), bank("capture", which="the first one")),
        *(DELIVER, CONFIRM, CONFIRM, checkout(), passes(20 * MINUTE), DELETE, DELETE),
    ),
    "cards_are_declined": (
        *(*PLACED, attempt(), passes(20 * MINUTE), bank("fail"), bank("fail"), attempt(), bank("fail"), attempt()),
        *(bank("fail"), attempt(), attempt("balance"), passes(80 * MINUTE - 1), checkout(), attempt()),
        *(passes(80 * MINUTE), attempt(), bank("fail"), attempt(), bank("capture"), bank("fail"), DELIVER),
    ),
    "the_seller_gives_back": (
        *(
            *PAID,
            perform("refund", "stranger"),
            perform("refund", "buyer"),
            gives_back("remorse"),
            gives_back(text=" "),
        ),
        *(gives_back("out_of_stock"), gives_back(), checkout(), FROM_BALANCE, gives_back(), checkout()),
    ),
    "asked_before_delivery": (
        *(
            *PAID,
            ESCALATE,
            passes(HOUR + 10 * MINUTE - 1),
            requests_refund(),
            passes(HOUR + 10 * MINUTE),
            requests_refund(0),
            requests_refund(100_01),
        ),
        *(
            requests_refund(text=""),
            requests_refund(),
            refuses(),
            requests_refund(),
            passes(7 * HOUR + 10 * MINUTE),
            AGREE,
            TAKE_BACK,
            DELIVER,
        ),
    ),
    "a_part_before_delivery": (
        *REQUESTED,
        requests_refund(30_00),
        AGREE,
        requests_refund(),
        DELIVER,
        requests_refund(),
        refuses(),
        AGREE,
    ),
    "never_delivered": (
        *REQUESTED,
        requests_refund(),
        TAKE_BACK,
        requests_refund(),
        passes(72 * HOUR + 10 * MINUTE),
        DELIVER,
        forces(),
    ),
    "delivered_instead": (
        *REQUESTED,
        requests_refund(),
        DELIVER,
        passes(74 * HOUR - 1),
        passes(75 * HOUR),
        requests_refund(),
        CONFIRM,
    ),
    "agreed_by_an_assistant": (
        *REQUESTED,
        requests_refund(),
        perform("confirm", "assistant"),
        perform("agree_refund", "assistant"),
        AGREE,
    ),
    "silence_after_delivery": (
        *(
            *DELIVERED,
            passes(20 * HOUR),
            requests_refund(30_00),
            refuses(""),
            passes(44 * HOUR, silent=True),
            refuses(),
            AGREE,
        ),
    ),
    "agreed_after_delivery": (*DELIVERED, requests_refund(30_00), perform("agree_refund", "buyer"), AGREE),
    "taken_back_late": (*DELIVERED, passes(82 * HOUR), requests_refund(), passes(83 * HOUR), TAKE_BACK, CONFIRM),
    "taken_back_in_time": (
        *DELIVERED,
        requests_refund(),
        TAKE_BACK,
        requests_refund(),
        passes(83 * HOUR, silent=True),
        CONFIRM,
        requests_refund(),
    ),
    "waived": (*REFUSED, TAKE_BACK, passes(92 * HOUR - SECOND), passes(92 * HOUR), ESCALATE, CONFIRM),
    "the_buyer_gives_in": (*REFUSED, CONFIRM),
    "support_rules": (
        *(*REFUSED, ESCALATE, forces(), rules("split"), rules("split", 100_01), rules("buyer_wins", text="")),
        *(Step("buyer", "rule", choice="buyer_wins", text="Mine"), passes(5 * DAY), rules("split", 40_00)),
        *(rules("buyer_wins"), ESCALATE),
    ),
    "support_forces": (
        *DELIVERED,
        forces(text=None),
        perform("force_decision", "buyer", choice="refund"),
        forces("complete"),
        forces(),
    ),
    "the_bank_takes_it_back": (
        *(
            *DELIVERED,
            requests_refund(),
            bank("charge_back"),
            CONFIRM,
            AGREE,
            bank("charge_back"),
            rules("split", 40_00),
        ),
    ),
    "after_a_dispute_the_bank": (*REFUSED, ESCALATE, bank("charge_back"), AGREE, rules("buyer_wins")),
    "nobody_may_act": (
        *(
            *PAID,
            suspends("seller"),
            DELIVER,
            suspends("buyer", None),
            requests_refund(),
            passes(73 * HOUR),
            checkout(),
        ),
        *(Step("support", "reinstate", choice="buyer"), checkout(), Step("support", "reinstate", choice="seller")),
        *(Step("seller", "store", choice="closed"), checkout(), Step("seller", "store", choice="open"), checkout()),
        *(attempt(), suspends("buyer"), bank("capture"), attempt()),
    ),
    "refused_and_paid_again": (
        *(*PLACED, suspends("seller"), bank("capture"), Step("support", "reinstate", choice="seller")),
        *(attempt(), suspends("buyer", None), attempt(), Step("support", "reinstate", choice="buyer"), FROM_BALANCE),
        *(attempt(), DELIVER, passes(HOUR)),
    ),
    "all_is_sold": (*(*DELIVERED, CONFIRM, checkout(), attempt(), bank("capture"), forces("complete"), checkout()),),
}

ROWS = {f"T{number}" for number in range(1, 30)} - {"T28"}
"""Every row of rules 3.4; T28 says that there is none."""

REFUSALS = {
    "unauthenticated",
    "forbidden",
    "order_not_found",
    "not_a_party",
    "account_suspended",
    "wrong_status",
    "deadline_passed",
    "escalation_not_allowed",
    "refund_too_early",
    "refund_already_used",
    "refund_amount_invalid",
    "refund_reason_required",
    "refusal_reason_required",
    "reason_required",
    "listing_not_found",
    "store_closed",
    "stock_exhausted",
    "self_purchase",
    "not_found",
    "payment_method_unavailable",
    "reauthentication_required",
    "balance_insufficient",
}
"""Every refusal of an order, its shop and its payment."""

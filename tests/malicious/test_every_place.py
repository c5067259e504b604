"""Every text, number, body and header of the corpus, and every place of every route: with EFFORT=50 each in each."""

from dataclasses import replace

import pytest

from deploy.gateway.routes import ROUTES
from shared import contact
from tests.support.effort import EFFORT, SEED
from tests.support.malicious.attacks import Attack, accepted, code, complaints, launch, some
from tests.support.malicious.bodies import bodies, values
from tests.support.malicious.ground import Ground, unharmed
from tests.support.malicious.headers import headers
from tests.support.malicious.texts import texts
from tests.support.proof import what_does_not_hold

SHARES = {"path": 250, "query": 300, "field": 700, "name": 250, "body": 250, "header": 350}
"""How many attacks on each kind of place are sent for each EFFORT; in `make test` half as many."""

SUSPENDED = ("disputes.accounts", "disputes.account_steps", "disputes.outbox")
CONSUMED = (
    *("orders.standings", "orders.stores", "orders.inbox", "payments.standings", "payments.inbox"),
    *("chat.account_statuses", "chat.inbox"),
)
BOOKED = tuple(
    f"payments.{name}"
    for name in ("webhooks", "captures", "unmatched_items", "accounts", "entries", "postings", "outbox")
)
LEDGER = ("payments.accounts", "payments.entries", "payments.postings")
YES: dict[str, tuple[str, ...]] = {
    "PUT /v1/store": (),
    "PUT /v1/listings/{listing_id}/stock": ("orders.outbox",),
    "POST /v1/listings/{listing_id}/stock": ("orders.outbox",),
    "POST /v1/sandbox/clock/advance": (),
    "POST /v1/webhooks/{provider}": BOOKED,
    "POST /v1/adjustments": ("payments.adjustments", *LEDGER),
    "POST /v1/sandbox/gift-cards": ("payments.gift_cards", *LEDGER),
    "POST /v1/chat/tickets": (),
    "POST /v1/support/conversations": ("chat.conversations", "chat.support_items"),
    "POST /v1/support/messages": (
        *("chat.conversations", "chat.support_items", "chat.messages", "chat.outbox"),
        *("scheduler.timers", "scheduler.inbox"),
    ),
    "DELETE /v1/chat/tickets": (),
    "PUT /v1/me/auto-reply": ("chat.sellers",),
    "PUT /v1/me/quick-replies": ("chat.sellers",),
    "POST /v1/orders/{number}/log": ("chat.log_lines", "chat.outbox", "disputes.inbox"),
    "POST /v1/conduct/{user}/flags": ("disputes.flags",),
    "POST /v1/conduct/{user}/suspend": (*SUSPENDED, *CONSUMED),
}
"""Where support may write about whomever it likes, and a provider what it likes: what a yes changes there, and no more.

Everywhere else the attacks are made so that the rules refuse them when nothing before has done so.
"""

OFFENCE = ("orders.outbox", "chat.outbox", "disputes.inbox", "disputes.offences", *SUSPENDED, *CONSUMED)
NO: dict[str, tuple[str, ...]] = {"contact_information": OFFENCE, "gift_card_refused": ("payments.refused_pins",)}
"""What a refusal with this code changes: contact information in a listing is refused and is an offence (rules 8.5), and
a refused PIN of a gift card is counted (rules 6.8).
"""
NEVER_RIGHT = ("array", "number", "unclosed", "extra", "invalid")
"""Bodies that no command takes; a provider's signed webhook is kept as it came, whatever is in it."""


def places(attacks: list[Attack]) -> set[tuple[str, str]]:
    """Where they bend a request."""
    return {(attack.route.name, attack.place) for attack in attacks}


class TestWhateverIsSent:
    @pytest.mark.parametrize("kind", SHARES)
    async def test_is_answered_like_anything_else_and_changes_nothing(self, ground: Ground, kind: str) -> None:
        attacks = [attack for route in ground.routes for attack in ground.attacker.attacks(route, kind)]
        chosen = some(attacks, SHARES[kind] * EFFORT if EFFORT > 1 else SHARES[kind] // 2, SEED)
        async with unharmed(ground) as may_change:
            found = await launch(ground.address, {attack: attack.sent for attack in chosen})
            may_change.update(*(YES[attack.route.name] for attack in accepted(found)))
            may_change.update(*(NO.get(code(reply), ()) for _, reply in found))
        wrong = [line for attack, reply in found for line in complaints(attack.name, reply)]
        assert wrong == [], f"{len(wrong)} of {len(chosen)} with SEED={SEED}"
        assert places(attacks) == places(chosen)
        assert {attack.item for attack in attacks} == {attack.item for attack in chosen}


class TestABodyThatNoCommandTakes:
    async def test_is_refused_by_each_also_where_none_is_taken_and_in_a_preview(self, ground: Ground) -> None:
        commands = [route for route in ground.routes if route.method != "GET" and not route.is_webhook]
        attacks = [
            attack
            for route in commands
            for attack in ground.attacker.attacks(route, "body")
            if attack.item in NEVER_RIGHT
        ]
        async with unharmed(ground):
            found = await launch(ground.address, {attack: attack.sent for attack in attacks})
        assert {attack.name: reply.status for attack, reply in found if reply.status < 400} == {}
        assert len(found) == len(NEVER_RIGHT) * len(commands)


class TestContactInformationInAnAttack:
    async def test_is_refused_and_is_an_offence_of_its_seller_and_nothing_else(self, ground: Ground) -> None:
        seller = ground.market.someone("offender")
        attacker = replace(ground.attacker, token=seller.headers["Authorization"])
        (known,) = [route for route in ground.routes if route.name == "PUT /v1/listings/{listing_id}"]
        route = replace(known, path_values={"listing_id": seller.name})
        fields = [each for each in attacker.attacks(route, "field") if each.place == "field title"]
        attack = next(each for each in fields if each.item in texts() and contact.kinds(texts()[each.item]))
        async with unharmed(ground) as may_change:
            ((_, reply),) = await launch(ground.address, {attack: attack.sent})
            may_change.update(OFFENCE)
        assert code(reply) == "contact_information"
        offences = 'select id from offences where "user" = $1'
        assert len(await ground.market.sql("disputes", offences, seller.name)) == 1


class TestAfterAllOfIt:
    async def test_the_books_hold(self, ground: Ground) -> None:
        assert await what_does_not_hold(ground.market) == {}


class TestIsTheCorpusWhole:
    def test_it_has_at_least_300_texts_numbers_and_bodies(self) -> None:
        assert len({*texts().values()}) + len({*values().values()}) + len(bodies(b'{"a":1}')) >= 300

    def test_it_has_headers_for_everything_that_is_read(self) -> None:
        named = {name for name, _ in headers(route_is_webhook=True).values()}
        needed = {"Authorization", "Idempotency-Key", "If-Match", "If-None-Match", "Content-Type", "Accept"}
        assert needed | {"traceparent", "X-Request-Id", "webhook-id", "webhook-signature"} <= named

    async def test_every_route_of_the_gateway_is_attacked(self, ground: Ground) -> None:
        assert {route.path for route in ground.routes} == {route.path for route in ROUTES}

    async def test_only_harmless_writes_are_ever_accepted(self, ground: Ground) -> None:
        """A yes would hide what is behind it: the attacks go as far as a refusal by the rules, and no further."""
        first = [next(ground.attacker.attacks(route)) for route in ground.routes]
        found = await launch(ground.address, {attack: attack.sent for attack in first})
        assert {attack.route.name for attack in accepted(found)} <= set(YES)

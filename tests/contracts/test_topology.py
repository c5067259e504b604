"""The broker lets a service publish its own events only, and a guest consume only what is meant for guests."""

import re
from typing import Any

import pytest

from deploy.services import SERVICES
from shared.contracts import EVENTS
from shared.messaging.topology import (
    DEAD_EXCHANGE,
    EVENTS_EXCHANGE,
    LIVE,
    LIVE_EXCHANGE,
    OWNERS,
    SUBSCRIPTIONS,
    bindings,
    canary_key,
    clock_queue,
    definitions,
    has_consumer,
    live_key,
    publishes,
    queues,
)

DEFINED = definitions({**dict.fromkeys(SERVICES, "secret"), "foreign.mailer": "secret"})
EVERY_SERVICE = pytest.mark.parametrize("service", SERVICES)


def keys(service: str) -> set[str]:
    """The routing keys under which a service may publish."""
    names = {kind.name for kind in publishes(service)}
    expired = {f"deadline.expired.{owner}" for owner in OWNERS} if "deadline.expired" in names else set()
    return names - {"deadline.expired"} | expired | {canary_key(service)}


EVERY_KEY = {key for service in SERVICES for key in keys(service)}


def matches(kind: str, user: str, right: str, name: str) -> bool:
    """Whether the user's permission of this kind lets the name pass, as the broker decides it."""
    (found,) = [each for each in DEFINED[kind] if each["user"] == user and each.get("exchange") != LIVE_EXCHANGE]
    return re.search(found[right], name) is not None


def bound(exchange: str) -> set[tuple[str, str]]:
    """The (queue, key) pairs that are bound to an exchange."""
    return {(each["destination"], each["routing_key"]) for each in DEFINED["bindings"] if each["source"] == exchange}


def named(kind: str) -> dict[str, Any]:
    """What is defined of this kind, by name."""
    return {each["name"]: each for each in DEFINED[kind]}


class TestDoesEveryEventReachItsConsumers:
    def test_every_service_of_the_list_is_in_the_topology(self) -> None:
        assert set(SUBSCRIPTIONS) == set(SERVICES)

    @EVERY_SERVICE
    def test_what_a_service_consumes_is_bound_to_its_queue(self, service: str) -> None:
        for kind in SUBSCRIPTIONS[service]:
            own = kind.name == "deadline.expired"
            pair = (f"{service}.deadlines", f"{kind.name}.{service}") if own else (f"{service}.events", kind.name)
            assert pair in bound(EVENTS_EXCHANGE)

    @EVERY_SERVICE
    def test_its_canary_comes_back_to_it(self, service: str) -> None:
        assert all((queue, canary_key(service)) in bound(EVENTS_EXCHANGE) for queue in queues(service))

    def test_nothing_else_is_bound(self) -> None:
        assert bound(EVENTS_EXCHANGE) == set(bindings())

    @pytest.mark.parametrize("key", sorted(EVERY_KEY))
    def test_an_event_with_a_consumer_must_not_be_unroutable(self, key: str) -> None:
        routed = any(key == bound_key for _, bound_key in bindings()) and not key.startswith("canary.")
        assert has_consumer(key) == routed

    def test_only_owners_of_deadlines_consume_theirs(self) -> None:
        assert {
            service for service, kinds in SUBSCRIPTIONS.items() for kind in kinds if kind.name == "deadline.expired"
        } == set(OWNERS)


class TestIsAMessageSafeInItsQueue:
    @EVERY_SERVICE
    def test_every_queue_survives_and_has_a_net(self, service: str) -> None:
        for name in queues(service):
            queue = named("queues")[name]
            assert queue["durable"]
            assert queue["arguments"]["x-queue-type"] == "quorum"
            assert queue["arguments"]["x-dead-letter-exchange"] == DEAD_EXCHANGE
            assert queue["arguments"]["x-dead-letter-strategy"] == "at-least-once"
            assert queue["arguments"]["x-overflow"] == "reject-publish"
            assert (f"{name}.dead", queue["arguments"]["x-dead-letter-routing-key"]) in bound(DEAD_EXCHANGE)

    def test_a_message_may_come_a_million_times(self) -> None:
        assert [policy["definition"]["delivery-limit"] for policy in DEFINED["policies"]] == [1_000_000, 1_000_000]

    def test_exchanges_survive(self) -> None:
        lasting = [each for each in DEFINED["exchanges"] if each["name"] != LIVE_EXCHANGE]
        assert all(exchange["durable"] and not exchange["auto_delete"] for exchange in lasting)


class TestWhoPassesLiveFramesOn:
    """Live frames carry what people write to each other: nobody but their own service sends or receives any."""

    def test_each_of_these_services_its_own_and_no_others(self) -> None:
        live = [each for each in DEFINED["topic_permissions"] if each["exchange"] == LIVE_EXCHANGE]
        assert {each["user"] for each in live} == set(LIVE)
        for each in live:
            for right in ("write", "read"):
                allowed = [key for service in SERVICES for key in (live_key(service),) if re.search(each[right], key)]
                assert allowed == [live_key(each["user"])]

    @EVERY_SERVICE
    def test_no_other_service_reaches_the_exchange(self, service: str) -> None:
        for right in ("configure", "write", "read"):
            reached = matches("permissions", service, right, LIVE_EXCHANGE)
            assert reached == (service in LIVE and right != "configure")
        assert matches("permissions", service, "configure", f"live.{service}.1") == (service in LIVE)


class TestWhatMayAServicePublish:
    @EVERY_SERVICE
    def test_the_events_it_publishes_and_as_an_owner_its_deadlines(self, service: str) -> None:
        own = {name for name, kind in EVENTS.items() if kind.may_be_published_by(service)}
        deadlines = {name for name, kind in EVENTS.items() if kind.publisher == "every owner"}
        assert {kind.name for kind in publishes(service)} == own | (deadlines if service in OWNERS else set())

    @EVERY_SERVICE
    def test_exactly_its_own_events(self, service: str) -> None:
        allowed = {key for key in EVERY_KEY | set(EVENTS) if matches("topic_permissions", service, "write", key)}
        assert allowed == keys(service)

    @EVERY_SERVICE
    @pytest.mark.parametrize(
        "wrong", ["", "#", "*", "xorder.paid", "order.paid.x", "orderxpaid", "order.paid\n.x", "canary."]
    )
    def test_nothing_that_only_looks_like_one(self, service: str, wrong: str) -> None:
        assert not matches("topic_permissions", service, "write", wrong)

    @EVERY_SERVICE
    def test_it_writes_to_the_exchanges_only(self, service: str) -> None:
        writable = {name for name in named("queues") if matches("permissions", service, "write", name)}
        assert writable == set()
        assert matches("permissions", service, "write", EVENTS_EXCHANGE)
        assert not matches("permissions", service, "write", "amq.topic")


class TestWhatMayAServiceConsume:
    @EVERY_SERVICE
    def test_its_own_queues_only(self, service: str) -> None:
        readable = {name for name in named("queues") if matches("permissions", service, "read", name)}
        assert readable == set(queues(service))

    @EVERY_SERVICE
    def test_it_makes_nothing_but_its_own_sandbox_queue(self, service: str) -> None:
        assert matches("permissions", service, "configure", clock_queue(service, f"{service}-1"))
        others = [
            *named("queues"),
            *named("exchanges"),
            *(clock_queue(each, "1") for each in SERVICES if each != service),
        ]
        assert [name for name in others if matches("permissions", service, "configure", name)] == []

    @EVERY_SERVICE
    def test_it_binds_nothing_itself(self, service: str) -> None:
        assert [key for key in EVERY_KEY | {"#"} if matches("topic_permissions", service, "read", key)] == []


class TestWhatMayAGuestDo:
    @pytest.mark.parametrize(
        "key",
        [
            "order.*",
            "order.paid",
            "order.#",
            "refund.requested",
            "payment.*",
            "listing.changed",
            "dispute.opened",
            "dispute.decided",
            "account.suspended",
            "review.#",
        ],
    )
    def test_bind_what_is_meant_for_guests(self, key: str) -> None:
        assert matches("topic_permissions", "foreign.mailer", "read", key)

    @pytest.mark.parametrize(
        "key",
        [
            "#",
            "*",
            "*.*",
            "*.paid",
            "#.paid",
            "chat.*",
            "chat.message_sent",
            "chat.excerpt_attached",
            "log.*",
            "log.comment_added",
            "contact.*",
            "deadline.*",
            "canary.*",
            "account.*",
            "deadline.expired.orders",
            "support_message.received",
            "xorder.paid",
            "account.warned",
            "balance.*",
            "balance.frozen",
            "dispute.*",
            "dispute.requested",
            "order.pai.",
            "orderxpaid",
            "order.*.x",
        ],
    )
    def test_bind_nothing_else(self, key: str) -> None:
        assert not matches("topic_permissions", "foreign.mailer", "read", key)

    @pytest.mark.parametrize("key", sorted(EVERY_KEY))
    def test_publish_nothing(self, key: str) -> None:
        assert not matches("topic_permissions", "foreign.mailer", "write", key)
        assert not matches("permissions", "foreign.mailer", "write", EVENTS_EXCHANGE)

    def test_read_no_service_s_queue(self) -> None:
        assert [name for name in named("queues") if matches("permissions", "foreign.mailer", "read", name)] == []

    @pytest.mark.parametrize("name", sorted(EVENTS))
    def test_bind_an_event_exactly_if_it_is_public(self, name: str) -> None:
        assert matches("topic_permissions", "foreign.mailer", "read", name) == EVENTS[name].public

    def test_make_or_read_no_queue_of_another_guest(self) -> None:
        others = ("foreign.mailerx.in", "foreign.search.in", "foreignxmailer.in", "foreign.mailer", "mailer.in")
        rights = [(right, name) for right in ("configure", "read", "write") for name in others]
        assert [each for each in rights if matches("permissions", "foreign.mailer", *each)] == []

    def test_never_fill_the_broker_s_disk(self) -> None:
        policy = named("policies")["foreign"]
        assert (policy["pattern"], policy["priority"]) == ("^foreign\\.", 1)
        assert (policy["definition"]["overflow"], policy["definition"]["max-length"]) == ("drop-head", 1_000_000)

    def test_have_queues_of_its_own(self) -> None:
        assert matches("permissions", "foreign.mailer", "configure", "foreign.mailer.orders")
        assert matches("permissions", "foreign.mailer", "read", "foreign.mailer.orders")


class TestWhoHasAnAccount:
    def test_everybody_with_a_password_and_services_may_look_at_the_management_api(self) -> None:
        tags = {user["name"]: user["tags"] for user in DEFINED["users"]}
        assert tags == {**dict.fromkeys(SERVICES, "management"), "foreign.mailer": ""}

    def test_a_service_without_a_password_gets_nothing(self) -> None:
        alone = definitions({"orders": "secret"})
        assert {queue["name"].split(".")[0] for queue in alone["queues"]} == {"orders"}
        assert {each["user"] for each in alone["permissions"] + alone["topic_permissions"]} == {"orders"}

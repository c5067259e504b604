"""Readiness names the queue or the binding that is missing; a publisher knows who would miss its event."""

from collections.abc import Mapping

import httpx2
import pytest

from shared.clock import monotonic
from shared.messaging.bindings import Bindings
from shared.messaging.topology import bindings, queues

ALL = set(bindings())
QUEUES = {queue for queue, _ in ALL}
PAYMENTS = {pair for pair in ALL if pair[0] == "payments.events"}
ONE = ("payments.events", "order.completed")


def seen(service: str, missing: set[tuple[str, str]], gone: set[str] | None = None) -> Bindings:
    """A watch that has looked once."""
    watch = Bindings(service, None)
    watch.found(ALL - missing, QUEUES - (gone or set()), monotonic())
    return watch


class TestReadiness:
    def test_nothing_is_wrong_before_the_first_look_and_when_all_is_there(self) -> None:
        assert Bindings("payments", None).wrong() is None
        assert seen("payments", set()).wrong() is None

    def test_a_missing_queue_is_named_once(self) -> None:
        result = seen("payments", PAYMENTS, {"payments.events"}).wrong()
        assert result == "queue payments.events is missing: apply the topology"

    def test_a_missing_binding_is_named_with_its_key(self) -> None:
        assert seen("payments", {ONE}).wrong() == "payments.events is not bound to order.completed: apply the topology"

    def test_it_is_for_the_service_whose_queue_it_is(self) -> None:
        assert seen("orders", PAYMENTS, {"payments.events"}).wrong() is None

    @pytest.mark.parametrize("service", ["orders", "payments", "disputes", "scheduler"])
    def test_every_queue_of_every_service_is_watched(self, service: str) -> None:
        for queue in queues(service):
            assert queue in str(seen(service, {pair for pair in ALL if pair[0] == queue}, {queue}).wrong())


class TestPublishing:
    def test_who_would_miss_the_event_is_named(self) -> None:
        watch = seen("orders", PAYMENTS)
        assert watch.lacking("order.completed") == "not bound to order.completed: payments.events"
        assert watch.lacking("order.placed") is None

    def test_bindings_of_others_do_not_matter(self) -> None:
        watch = Bindings("orders", None)
        watch.found(ALL | {("foreign.mailer.in", "order.paid")}, QUEUES, 1.0)
        assert watch.missing == frozenset()

    def test_when_it_was_last_there_is_kept(self) -> None:
        watch = Bindings("orders", None)
        watch.found(ALL, QUEUES, 1.0)
        watch.found(ALL - {ONE}, QUEUES, 2.0)
        assert (watch.seen_at[ONE], watch.seen_at["payments.events", "order.refunded"]) == (1.0, 2.0)


class TestPolling:
    async def test_what_the_broker_answers_is_taken_over(self) -> None:
        watch = Bindings("payments", None)
        await watch.look(broker(ALL - {ONE}))
        assert watch.missing == {ONE}

    async def test_an_exchange_that_is_gone_binds_nothing(self) -> None:
        watch = Bindings("payments", None)
        await watch.look(broker(ALL, {"/exchanges/": 404}))
        assert "payments.events is not bound to" in str(watch.wrong())

    @pytest.mark.parametrize("status", [401, 500, 503])
    @pytest.mark.parametrize("part", ["/exchanges/", "/queues/"])
    async def test_an_api_that_does_not_answer_changes_nothing(self, status: int, part: str) -> None:
        watch = seen("payments", {ONE})
        with pytest.raises(httpx2.HTTPError):
            await watch.look(broker(ALL - {ONE}, {part: status}))
        assert watch.missing == {ONE}

    async def test_which_queues_exist_is_only_looked_up_when_a_binding_is_missing(self) -> None:
        watch = seen("payments", {ONE})
        await watch.look(broker(ALL, {"/queues/": 500}))
        assert (watch.missing, watch.wrong()) == (frozenset(), None)


def broker(bound: set[tuple[str, str]], refused: Mapping[str, int] | None = None) -> httpx2.AsyncClient:
    """A management API with these bindings, which answers some paths with another status."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        status = next((code for part, code in (refused or {}).items() if part in request.url.path), 200)
        found = [{"destination": queue, "routing_key": key} for queue, key in bound]
        return httpx2.Response(
            status, json=found if "/exchanges/" in request.url.path else [{"name": q} for q in QUEUES]
        )

    return httpx2.AsyncClient(transport=httpx2.MockTransport(answer), base_url="http://broker")

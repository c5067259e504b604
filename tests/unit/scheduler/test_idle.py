"""When a round is complete, and what two rounds prove."""

from dataclasses import dataclass, replace

import pytest

from services.scheduler.sandbox.domain.idle import Count, Round, is_idle


@dataclass(frozen=True)
class Report:
    """What an instance answers."""

    service: str = "orders"
    instance: str = "orders-1"
    now: str = "noon"
    consuming: bool = True
    consumers: int = 1
    backlog: int = 0
    published_total: int = 7
    handled_total: int = 5

    @property
    def totals(self) -> tuple[int, int]:
        return self.handled_total, self.published_total


def a_round(*reports: Report, known: tuple[Report, ...] = (), expected: tuple[str, ...] = ("orders",)) -> Round:
    found = Round(1, "noon", frozenset(expected), frozenset((each.service, each.instance) for each in known))
    for report in reports:
        found.receive(report)
    return found


FIRST, SECOND = Report(), Report(instance="orders-2")


class TestWhoIsMissing:
    def test_nobody_when_every_service_has_answered(self) -> None:
        assert a_round(FIRST).missing(with_known=True) == set()

    def test_a_service_without_an_answer(self) -> None:
        assert a_round(FIRST, expected=("orders", "payments")).missing(with_known=False) == {"payments"}

    def test_one_whose_clock_shows_another_time(self) -> None:
        assert a_round(replace(FIRST, now="eleven")).missing(with_known=True) == {"orders"}

    def test_a_replica_that_the_broker_counts_and_nobody_knows(self) -> None:
        one = replace(FIRST, consumers=2)
        assert a_round(one).missing(with_known=False) == {"orders"}
        assert a_round(one, replace(SECOND, consumers=2)).missing(with_known=True) == set()

    def test_an_instance_that_serves_http_only_does_not_stand_in_for_a_consumer(self) -> None:
        served = replace(FIRST, consuming=False)
        assert a_round(served).missing(with_known=False) == {"orders"}
        assert a_round(served, SECOND).missing(with_known=False) == set()

    def test_a_service_that_does_not_consume_yet_has_its_messages_in_its_queues(self) -> None:
        assert a_round(replace(FIRST, consuming=False, consumers=0)).missing(with_known=True) == set()

    def test_an_instance_that_answered_before_until_the_timeout(self) -> None:
        silent = a_round(FIRST, known=(FIRST, SECOND))
        assert silent.missing(with_known=True) == {"orders/orders-2"}
        assert silent.missing(with_known=False) == set()

    def test_a_silent_instance_that_the_broker_still_counts_is_never_forgiven(self) -> None:
        silent = a_round(replace(FIRST, consumers=2), known=(FIRST, SECOND))
        assert silent.missing(with_known=False) == {"orders"}

    def test_while_the_clock_runs_any_time_will_do(self) -> None:
        running = Round(1, None, frozenset({"orders"}), frozenset())
        running.receive(replace(FIRST, now="whenever"))
        assert running.missing(with_known=True) == set()


class TestRest:
    def test_two_rounds_without_work_and_without_change(self) -> None:
        assert is_idle(a_round(FIRST), a_round(FIRST))

    def test_one_round_proves_nothing(self) -> None:
        assert not is_idle(None, a_round(FIRST))

    @pytest.mark.parametrize(
        "other",
        [
            replace(FIRST, backlog=1),
            replace(FIRST, handled_total=6),
            replace(FIRST, published_total=8),
            SECOND,
        ],
    )
    def test_work_a_total_or_an_instance_that_changed_in_between(self, other: Report) -> None:
        assert not is_idle(a_round(FIRST), a_round(other))
        assert not is_idle(a_round(other), a_round(FIRST))

    def test_rounds_at_two_times_prove_nothing(self) -> None:
        later = Round(2, "one", frozenset(), frozenset())
        later.receive(replace(FIRST, now="one"))
        assert not is_idle(a_round(FIRST), later)

    def test_the_work_of_one_of_many_counts(self) -> None:
        assert not is_idle(a_round(FIRST, SECOND), a_round(FIRST, replace(SECOND, backlog=1)))


class TestCount:
    def test_begins_where_everybody_stands(self) -> None:
        count = Count()
        count.look([FIRST])
        assert count.published == 0

    def test_adds_up_over_instances_and_restarts(self) -> None:
        count = Count()
        for first, second in ((7, 100), (9, 101), (2, 101)):
            count.look([replace(FIRST, published_total=first), replace(SECOND, published_total=second)])
        assert count.published == 2 + 1 + 2

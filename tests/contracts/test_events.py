"""Every event has one example that is kept for ever; today's code reads it and would write it the same."""

import json
from pathlib import Path
from typing import Any

import pytest

from deploy.docs.asyncapi import document
from deploy.docs.events import table
from shared.contracts import EVENTS, Event
from shared.contracts.base import Fact
from shared.messaging.topology import SUBSCRIPTIONS, bindings, publishes

GOLDEN = Path(__file__).parent / "golden"
EVERY_EVENT = pytest.mark.parametrize("kind", EVENTS.values(), ids=list(EVENTS))


def example(kind: type[Event]) -> dict[str, Any]:
    """The kept example of an event."""
    found: dict[str, Any] = json.loads((GOLDEN / f"{kind.name}.json").read_text())
    return found


def with_more(value: Any) -> Any:
    """The same value, with a field in every object that nobody knows yet."""
    if isinstance(value, dict):
        return {**{name: with_more(inner) for name, inner in value.items()}, "said_by_a_later_version": {"x": [1]}}
    return [with_more(inner) for inner in value] if isinstance(value, list) else value


class TestCanOldMessagesStillBeRead:
    def test_every_event_has_an_example_and_no_example_is_left_over(self) -> None:
        assert {path.stem for path in GOLDEN.glob("*")} == set(EVENTS)

    @EVERY_EVENT
    def test_the_example_is_read_and_written_the_same(self, kind: type[Event]) -> None:
        read = kind.model_validate_json((GOLDEN / f"{kind.name}.json").read_bytes())
        assert json.loads(read.model_dump_json()) == example(kind)

    @EVERY_EVENT
    def test_the_example_shows_every_field(self, kind: type[Event]) -> None:
        assert set(example(kind)) == set(kind.model_fields)

    @EVERY_EVENT
    def test_a_later_version_with_more_fields_is_read_too(self, kind: type[Event]) -> None:
        later = json.dumps(with_more(example(kind)))
        assert kind.model_validate_json(later) == kind.model_validate(example(kind))

    @EVERY_EVENT
    def test_an_event_never_changes_once_it_is_published(self, kind: type[Event]) -> None:
        published = kind.model_validate(example(kind))
        assert published == kind.model_validate(example(kind))
        assert kind.model_config["frozen"]

    @EVERY_EVENT
    def test_it_has_a_subject_and_a_time(self, kind: type[Event]) -> None:
        published = kind.model_validate(example(kind))
        moment = published.happened_at()
        assert published.about() in {value for value in example(kind).values() if isinstance(value, str)}
        assert published.sequence() >= 0
        assert (moment is None) == kind.name.startswith("deadline.")
        assert moment is None or moment.utcoffset() is not None


class TestAreTheContractsPlain:
    @EVERY_EVENT
    def test_an_event_is_named_thing_dot_what_happened(self, kind: type[Event]) -> None:
        thing, _, happened = kind.name.partition(".")
        assert thing.isidentifier()
        assert happened.isidentifier()
        assert EVENTS[kind.name] is kind

    @EVERY_EVENT
    def test_money_is_whole_numbers(self, kind: type[Event]) -> None:
        assert [name for name, field in kind.model_fields.items() if field.annotation is float] == []

    def test_every_part_ignores_what_it_does_not_know(self) -> None:
        parts = [*Fact.__subclasses__(), *Event.__subclasses__()]
        assert {part.model_config["extra"] for part in parts} == {"ignore"}


class TestWhoPublishesAndWhoConsumes:
    def test_the_page_lists_every_event_once(self) -> None:
        assert [line[0] for line in table()] == [f"`{name}`" for name in sorted(EVENTS)]

    def test_the_page_says_what_the_bindings_do(self) -> None:
        shown = {
            (line[0].strip("`"), consumer)
            for line in table()
            for consumer in line[2].split(", ")
            if consumer in SUBSCRIPTIONS
        }
        bound = {
            ("deadline.expired" if key.startswith("deadline.expired.") else key, queue.split(".")[0])
            for queue, key in bindings()
            if not key.startswith("canary.")
        }
        assert shown == bound

    def test_every_event_has_a_publisher_among_the_services_that_exist(self) -> None:
        assert [line[0] for line in table() if not line[1]] == []

    def test_nobody_consumes_what_nobody_publishes(self) -> None:
        published = {kind for service in SUBSCRIPTIONS for kind in publishes(service)}
        assert {kind.name for kinds in SUBSCRIPTIONS.values() for kind in kinds if kind not in published} == set()


class TestCanAMachineReadTheContracts:
    def test_there_is_a_channel_a_message_and_a_schema_per_event(self) -> None:
        found = document()
        assert found["asyncapi"] == "3.0.0"
        assert set(found["channels"]) == set(found["components"]["messages"]) == set(EVENTS)

    def test_every_reference_leads_somewhere(self) -> None:
        found = document()
        broken = [reference for reference in _references(found) if _at(found, reference) is None]
        assert broken == []

    @EVERY_EVENT
    def test_the_schema_requires_what_the_example_has(self, kind: type[Event]) -> None:
        schema = document()["components"]["schemas"][kind.__name__]
        assert set(schema["properties"]) == set(example(kind))
        assert set(schema["required"]) <= set(example(kind))

    def test_who_sends_and_who_receives_is_named(self) -> None:
        operations = document()["operations"]
        assert operations["orders.says.order.paid"]["action"] == "send"
        assert operations["payments.hears.order.paid"]["action"] == "receive"
        assert len(operations) == sum(
            len(publishes(service)) + len(SUBSCRIPTIONS[service]) for service in SUBSCRIPTIONS
        )


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for inner in value.values() for found in _references(inner)]
    return [found for inner in value for found in _references(inner)] if isinstance(value, list) else []


def _at(found: Any, reference: str) -> Any:
    for part in reference.removeprefix("#/").split("/"):
        found = found.get(part) if isinstance(found, dict) else None
    return found

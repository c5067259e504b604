"""docs/metrics.md: every metric with its kind, unit, labels and meaning, from the catalogue of all services."""

from importlib import import_module

from deploy.services import SERVICES
from shared.telemetry.metrics import CATALOGUE, Declared

_HEAD = """# Metrics

Every service answers `/metrics` on its own port in Prometheus' text format; the gateway does not route it. Names and
labels are stable: one is never given another meaning, a new one may come. Labels are few: routes as they are written
in the OpenAPI document, events by name, codes of `docs/problems.md`, currencies; never an id, a user or an address.

Counters and times are recorded after the commit. States are read at the scrape, within at most two seconds; when the
database does not answer, the page has the states of last time and `market_gauges_age_seconds` is their age. What
begins with `process_` and `python_` is of the client library.
Made from `shared/telemetry/metrics.py` and the services' `metrics.py` by `make docs`; change it there, not here.
"""

_COLUMNS = "| name | kind | unit | labels | meaning |\n| --- | --- | --- | --- | --- |\n"


def page() -> str:
    """The whole page: what every service has, then what only some have."""
    for service in SERVICES:
        import_module(f"services.{service}.metrics")
    found = [_HEAD]
    for services in sorted({each.services for each in CATALOGUE}, key=lambda names: (names is not None, names)):
        found.append(f"\n## {_title(services)}\n\n{_COLUMNS}")
        found += [_row(each) for each in CATALOGUE if each.services == services]
    return "".join(found)


def _title(services: tuple[str, ...] | None) -> str:
    return f"Only {' and '.join(services)}" if services else "Every service"


def _row(each: Declared) -> str:
    labels = ", ".join(f"`{name}`" for name in each.labels)
    return f"| `{each.name}` | {each.kind} | {each.unit} | {labels} | {each.meaning} |\n"

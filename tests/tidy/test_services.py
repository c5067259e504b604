"""A service is one entry of the registry and what it brings: each place that is missing is named here."""

from collections.abc import Iterator, Mapping

import pytest

from deploy.gateway.routes import ROUTES
from deploy.services import REGISTRY, SERVICES, Service
from shared.messaging.topology import SUBSCRIPTIONS
from tests.faults import test_replicas
from tests.integration.repositories.storage import Storage
from tests.simulation.world import World
from tests.support import memory
from tests.tidy.house import ROOT
from tests.tidy.test_imports import advice

FILES = (
    "services/{name}/app.py",
    "services/{name}/settings.py",
    "services/{name}/README.md",
    "services/{name}/migrations/env.py",
    "services/{name}/migrations/versions/0001_*.py",
    "tests/unit/{name}/test_*.py",
    "tests/support/memory/{name}.py",
)
"""What every service brings, beside the files that test_shape asks for."""


def missing(name: str) -> Iterator[str]:
    """The places that know nothing of the service, one line each."""
    for pattern in (each.format(name=name) for each in FILES):
        if not any(ROOT.glob(pattern)):
            yield f"{pattern}: no such file"
    places: Mapping[str, bool] = {
        "shared/messaging/topology.py: no row in SUBSCRIPTIONS": name in SUBSCRIPTIONS,
        "deploy/gateway/routes.py: no route of its own": any(
            route.service == name and not route.path.startswith("/v1/ops/") for route in ROUTES
        ),
        "tests/integration/repositories/storage.py: no field of Storage": name in Storage.__dataclass_fields__,
        "tests/simulation/world.py: its commands do not take part": hasattr(World(), name),
        "tests/support/memory/__init__.py: no tables in memory": hasattr(memory, f"{name.capitalize()}Tables"),
        "tests/faults/test_replicas.py: no point at which it freezes": all(
            name in points for points in (test_replicas.EVERYDAY, test_replicas.OTHERS)
        ),
        "README.md: not in the table of services": f"(services/{name}/README.md)" in (ROOT / "README.md").read_text(),
    }
    yield from (place for place, known in places.items() if not known)


class TestIsEveryPlaceFilled:
    @pytest.mark.parametrize("service", SERVICES)
    def test_of_the_service(self, service: str) -> None:
        found = [f"{service}: {each}" for each in missing(service)]
        assert found == [], advice(found, "write what is missing there, as for the other services")

    def test_nothing_is_kept_for_a_service_that_is_not_registered(self) -> None:
        known = {*SUBSCRIPTIONS, *(route.service for route in ROUTES), *test_replicas.EVERYDAY}
        assert known == set(SERVICES), advice(sorted(known ^ set(SERVICES)), "remove it, or register the service")

    @pytest.mark.parametrize("service", REGISTRY, ids=SERVICES)
    def test_its_settings_have_its_secrets(self, service: Service) -> None:
        known = {name.upper() for name in service.settings.model_fields}
        found = sorted({each.setting for each in service.secrets} - known)
        assert found == [], advice(found, f"add the field to services/{service.name}/settings.py")


class TestDoesTheRuleBite:
    def test_for_a_service_that_brings_nothing_every_place_is_named(self) -> None:
        assert len([*missing("nobody")]) == len(FILES) + 7

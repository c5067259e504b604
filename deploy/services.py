"""The registry of services: one entry each. Whatever has a place per service takes it from here.

Local mode, migrations, broker users, gateway, checks of the books, crash cases and the authorization matrix are driven
by it; for what a service must bring by itself, tests/tidy/test_services.py names each place that is missing.
"""

import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

from shared.refusals import RefusalCode, declared
from shared.service.settings import Settings


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret that one service needs beside its passwords; local mode generates it once and keeps it."""

    setting: str
    """The name of the setting, without MARKET_."""
    name: str
    """Under which it is kept; two services with the same name share the secret."""
    make: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Service:
    """One service of the installation."""

    name: str
    """Its package in services/, its database, its broker user, its queues and its upstream in the gateway."""
    secrets: tuple[Secret, ...] = ()
    files: bool = False
    """Whether it stores files: in local mode in a folder that the gateway reads (MARKET_FILES)."""
    ready_seconds: int = 180
    """How long its start may take until it is ready."""
    stop_seconds: int = 25
    """How long it may finish what it has begun after SIGTERM, before it is killed; it takes 20 at most."""

    @property
    def module(self) -> str:
        """What `python -m` runs."""
        return f"services.{self.name}"

    @property
    def owner_role(self) -> str:
        """The database role that migrates."""
        return f"{self.name}_owner"

    @property
    def app_role(self) -> str:
        """The database role that the service runs as: it reads and writes rows and changes no table."""
        return f"{self.name}_app"

    @property
    def settings(self) -> type[Settings]:
        """Its settings class; a service without one of its own has the common settings."""
        module = import_module(f"{self.module}.settings")
        own = [each for each in vars(module).values() if isinstance(each, type) and each.__module__ == module.__name__]
        return next((each for each in own if issubclass(each, Settings)), Settings)


def _hex_key() -> str:
    return secrets.token_hex(32)


def _hand_over_keys() -> str:
    return f"local:{secrets.token_hex(32)}"


def _webhook_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


REGISTRY: tuple[Service, ...] = (
    Service(
        "orders",
        secrets=(
            Secret("NUMBER_KEY", "number_key", _hex_key),
            Secret("HAND_OVER_KEYS", "hand_over_keys", _hand_over_keys),
        ),
    ),
    Service(
        "payments",
        secrets=(
            Secret("SANDBOX_WEBHOOK_SECRET", "webhook_secret", _webhook_secret),
            Secret("GIFT_CARD_KEYS", "gift_card_keys", _hex_key),
        ),
    ),
    Service("scheduler"),
    Service("disputes"),
    Service("chat", secrets=(Secret("LINK_KEY", "link_key", _hex_key),), files=True),
)
"""In the order in which they get their ports: a new one is added at the end, so that the others keep theirs."""

SERVICES: tuple[str, ...] = tuple(each.name for each in REGISTRY)
"""Their names, in the same order."""


def refusals() -> tuple[RefusalCode, ...]:
    """Every code with which anything is refused, sorted: the common ones and those of all services."""
    for each in REGISTRY:
        if find_spec(f"{each.module}.refusals"):
            import_module(f"{each.module}.refusals")
    return declared()


def named(name: str) -> Service:
    """The entry of a service. Raises KeyError for a name that is not registered."""
    return {each.name: each for each in REGISTRY}[name]

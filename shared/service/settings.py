"""The settings of a service, from its environment: names begin with MARKET_; a missing one is named at the start."""

import ssl
import sys
from pathlib import Path
from typing import Literal, TypeVar
from urllib.parse import parse_qsl, urlsplit

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.service import keys

SANDBOX_ISSUER = "holdfast-sandbox"
_AUTHORITIES = ("sslrootcert", "cafile")


class Settings(BaseSettings):
    """The settings that every service has; a service adds its own in its settings.py."""

    model_config = SettingsConfigDict(env_prefix="MARKET_", extra="ignore", frozen=True, use_attribute_docstrings=True)

    profile: Literal["sandbox", "production"]
    """sandbox: clock routes, built-in provider and the development key work; production refuses to start with them."""
    database_url: SecretStr
    """postgresql://role:password@host:port/database of the service's app role (with TLS: see below)."""
    broker_url: SecretStr
    """amqp://user:password@host:port/vhost?heartbeat=10 of the service's own broker user (with TLS: see below)."""
    broker_api_url: SecretStr | None = None
    """http://user:password@host:port of the broker's management API, with the service's own broker user. Without it
    a missing binding is not noticed, and an event is published past a queue that is gone."""
    token_keys: Path
    """A JWKS file with the public keys whose tokens are accepted."""
    token_issuer: str = SANDBOX_ISSUER
    """The `iss` of every token: the name of the identity provider. Production must name its own."""
    token_audience: str = "market"  # noqa: S105 - a name
    """The `aud` that a token must have."""
    host: str = "127.0.0.1"
    """The address on which the service listens."""
    port: int
    """The port on which it listens, for the gateway and for /livez, /readyz and /metrics."""
    instance: str
    """Unique per running process, e.g. the pod's name."""
    services: str
    """Comma-separated names of the services that run in this installation."""
    public_url: str = ""
    """The gateway's base URL."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """What is logged, as JSON lines on stdout: this level and everything more serious."""
    traces: Literal["none", "console", "otlp"] = "none"
    """Where spans go; `otlp` reads the standard OTEL_EXPORTER_OTLP_* variables."""
    pool_size: int = Field(default=15, ge=1, le=100)
    """Connections to the database per instance; one more is the relay's."""
    prefetch: int = Field(default=20, ge=1, le=1000)
    """Messages of one queue that an instance handles at the same time."""

    @property
    def sandbox(self) -> bool:
        """Whether this is a sandbox, where time can be moved and money is play money."""
        return self.profile == "sandbox"

    @property
    def expected_services(self) -> tuple[str, ...]:
        """The services of this installation."""
        return tuple(name.strip() for name in self.services.split(",") if name.strip())


SettingsType = TypeVar("SettingsType", bound=Settings)


def read(kind: type[SettingsType]) -> SettingsType:
    """Read the settings or end the process with one line per missing or wrong name."""
    try:
        settings = kind()
    except ValidationError as error:
        faults = ((f"MARKET_{each['loc'][0]}".upper() if each["loc"] else "together", each) for each in error.errors())
        lines = [f"  {name}: {each['msg']}" for name, each in faults]
        sys.exit("The service can't start; these settings are missing or wrong:\n" + "\n".join(lines))
    if wrong := _wrong(settings):
        sys.exit("The service can't start:\n" + "\n".join(f"  {each}" for each in wrong))
    return settings


def _wrong(settings: Settings) -> list[str]:
    """What is wrong with the installation, one sentence each."""
    found = [f"MARKET_TOKEN_KEYS: {fault}" for fault in keys.faults(settings.token_keys, sandbox=settings.sandbox)]
    for name in ("database_url", "broker_url", "broker_api_url"):
        address: SecretStr | None = getattr(settings, name)
        found += [f"MARKET_{name.upper()}: {fault}" for fault in _unreadable(address)]
    if not settings.sandbox and settings.token_issuer == SANDBOX_ISSUER:
        found.append("MARKET_TOKEN_ISSUER: production must name its own, not the sandbox's")
    return found


def _unreadable(address: SecretStr | None) -> list[str]:
    """Which files of certificates that an address names can't be used; the drivers would only say "no such file"."""
    found = list[str]()
    query = urlsplit(address.get_secret_value()).query if address is not None else ""
    for name, path in parse_qsl(query):
        if name in _AUTHORITIES:
            try:
                ssl.create_default_context(cafile=path)
            except OSError as error:
                found.append(f"{name}={path} holds no certificates that can be read: {error.strerror or error}")
    return found

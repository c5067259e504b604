"""What a service is told by its environment: every name begins with MARKET_; a missing one is named at the start."""

import sys
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The settings that every service has; a service adds its own in its settings.py."""

    model_config = SettingsConfigDict(env_prefix="MARKET_", extra="ignore", frozen=True)

    profile: Literal["sandbox", "production"]
    """sandbox: clock routes, built-in provider and the development key work; production refuses to start with them."""
    database_url: SecretStr
    """postgresql://role:password@host:port/database of the service's app role."""
    broker_url: SecretStr
    """amqp://user:password@host:port/vhost?heartbeat=10 of the service's own broker user."""
    token_keys: Path
    """A JWKS file with the public keys whose tokens are accepted."""
    token_issuer: str = "holdfast-sandbox"  # noqa: S105 - a name
    token_audience: str = "market"  # noqa: S105 - a name
    host: str = "127.0.0.1"
    port: int
    instance: str
    """Unique per running process, e.g. the pod's name."""
    services: str
    """Comma-separated names of the services that run in this installation."""
    public_url: str = ""
    """The gateway's base URL."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    traces: Literal["none", "console", "otlp"] = "none"
    """Where spans go; `otlp` reads the standard OTEL_EXPORTER_OTLP_* variables."""
    pool_size: int = Field(default=15, ge=1, le=100)
    prefetch: int = Field(default=20, ge=1, le=1000)

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
    if settings.profile == "production" and settings.token_issuer == "holdfast-sandbox":  # noqa: S105
        sys.exit("The service can't start: production must name its own MARKET_TOKEN_ISSUER, not the sandbox's.")
    return settings

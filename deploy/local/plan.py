"""What one stack consists of: its servers and services, their addresses and the environment of each process."""

import hashlib
import json
import sys
from collections.abc import Mapping

from deploy.local import subscribers
from deploy.local.gateway import Gateway
from deploy.local.layout import ROOT, Layout
from deploy.local.passwords import Passwords
from deploy.local.postgres import Postgres
from deploy.local.programs import Program
from deploy.local.provision import app, owner
from deploy.local.rabbitmq import RabbitMQ
from deploy.services import REGISTRY, SERVICES, named

SERVERS = ("postgres", "rabbitmq", "gateway")

_WATCHED = ("services", "shared", "deploy/gateway", "deploy/local")


class Plan:
    """Pure arrangement of a stack with given ports: it starts nothing."""

    def __init__(self, layout: Layout, ports: Mapping[str, int]) -> None:
        self.layout = layout
        self.ports = ports
        self.passwords = Passwords(layout)
        self.postgres = Postgres(layout, self.passwords, ports["postgres"])
        self.rabbitmq = RabbitMQ(layout, self.passwords, ports)
        self.gateway = Gateway(layout, ports)

    def programs(self) -> tuple[Program, ...]:
        """Everything that supervisord keeps running."""
        services = (
            Program(
                each.name,
                (sys.executable, "-m", each.module),
                self.service_env(each.name),
                stop_seconds=each.stop_seconds,
            )
            for each in REGISTRY
        )
        return (*self.rabbitmq.programs(), self.postgres.program(), *services, self.gateway.program())

    def client_env(self) -> dict[str, str]:
        """What a client needs: the address of everything, and the key that signs tokens."""
        return {"MARKET_URL": self.gateway.url, "MARKET_TOKEN_KEY": str(self.layout.private_key)}

    def service_env(self, service: str) -> dict[str, str]:
        """The settings of one service process, as environment variables."""
        settings = {
            "PROFILE": "sandbox",
            "DATABASE_URL": self.postgres.dsn(service, app(service)),
            "BROKER_URL": self.rabbitmq.service_url(service),
            "BROKER_API_URL": self.rabbitmq.service_api(service),
            "HOST": "127.0.0.1",
            "PORT": str(self.ports[service]),
            "TOKEN_KEYS": str(self.layout.public_keys),
            "INSTANCE": f"{service}-1",
            "LOG_LEVEL": "info",
            "TRACES": "none",
            "PUBLIC_URL": self.gateway.url,
            "SERVICES": ",".join(SERVICES),
            **({"FILES": str(self.layout.files)} if named(service).files else {}),
            **{each.setting: self.passwords.secret(each) for each in named(service).secrets},
        }
        return {f"MARKET_{name}": value for name, value in settings.items()}

    def migration_env(self) -> dict[str, str]:
        """What deploy.migrate needs: every owner's way into its own database."""
        return {"MARKET_OWNER_URLS": json.dumps({name: self.postgres.dsn(name, owner(name)) for name in SERVICES})}

    def topology_env(self) -> dict[str, str]:
        """What deploy.topology needs: the management API, and the passwords of the services' broker users."""
        passwords = {name: self.rabbitmq.service_password(name) for name in SERVICES}
        passwords |= subscribers.passwords(self.layout)
        return {"MARKET_BROKER_ADMIN_URL": self.rabbitmq.admin_url, "MARKET_BROKER_PASSWORDS": json.dumps(passwords)}

    def sealing_env(self) -> dict[str, str]:
        """What deploy.reseal and deploy.gift_cards need beside the owners' ways: the services' keys."""
        wanted = (("orders", "MARKET_HAND_OVER_KEYS"), ("payments", "MARKET_GIFT_CARD_KEYS"))
        return {name: self.service_env(service)[name] for service, name in wanted}

    def fingerprint(self) -> str:
        """Changes with the code, the installed packages and the settings: then the services have to start again."""
        digest = hashlib.sha256(repr(self.programs()).encode())
        files = [file for folder in _WATCHED for file in (ROOT / folder).rglob("*.py")]
        for file in sorted([*files, *ROOT.glob("requirements*.lock"), ROOT / "docs" / "openapi.json"]):
            seen = file.stat()
            digest.update(f"{file}\0{seen.st_mtime_ns}\0{seen.st_size}\n".encode())
        return digest.hexdigest()

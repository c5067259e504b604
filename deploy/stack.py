"""What a running Holdfast is to those who play with it, break it and check it, wherever its processes run.

`deploy.local.stack.LocalStack` is the first implementation; the tests and the drill know only what is here.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from deploy.local.layout import Layout
from deploy.local.supervision import Info


class Stack(Protocol):
    """One installation: its addresses, its databases, and each program to start, stop and kill.

    A program is a service of the registry, or postgres, rabbitmq or gateway.
    """

    @property
    def layout(self) -> Layout:
        """The directory of this stack: keys that sign tokens, logs by program."""
        ...

    @property
    def run_dir(self) -> Path:
        """The same directory as a path, absolute."""
        ...

    @property
    def url(self) -> str:
        """The base URL of the gateway."""
        ...

    @property
    def ports(self) -> Mapping[str, int]:
        """Port by name: gateway, postgres, amqp, management and one per service; empty before the first up()."""
        ...

    @property
    def running(self) -> bool:
        """Whether it was brought up and not taken down."""
        ...

    @property
    def env(self) -> dict[str, str]:
        """What a client of this stack needs."""
        ...

    @property
    def broker_admin_url(self) -> str:
        """The broker's management API, with the user and password of its administrator."""
        ...

    def service_env(self, service: str) -> dict[str, str]:
        """The environment of one service process, for starting another one by hand."""
        ...

    def password(self, owner: str) -> str:
        """The password of a role or broker user."""
        ...

    def dsn(self, database: str, role: str) -> str:
        """A role's way into a database."""
        ...

    def admin_dsn(self, database: str = ...) -> str:
        """The superuser's way into a database."""
        ...

    def owner_dsn(self, service: str) -> str:
        """The way of the role that owns a service's database."""
        ...

    def verifier_dsn(self, database: str = ...) -> str:
        """The way of the role that reads every database and writes in none but its own."""
        ...

    def up(self) -> None:
        """Bring everything up that is not; when it returns, every service is ready. Raises StackError."""
        ...

    def down(self) -> bool:
        """Stop everything that up() started; whether there was anything. The data stays."""
        ...

    def clean(self) -> None:
        """End everything and remove all data, keys and logs of this stack."""
        ...

    def subscribe(self, name: str) -> dict[str, str]:
        """Make a broker user for a service of another team; what it needs to connect. Raises StackError."""
        ...

    def start(self, name: str) -> None:
        """Start one program and wait until it is ready."""
        ...

    def stop(self, name: str) -> None:
        """Stop one program as a deployment would: it may finish what it has begun."""
        ...

    def restart(self, name: str) -> None:
        """Stop one program, start it again, wait until it is ready."""
        ...

    def kill(self, name: str) -> None:
        """SIGKILL, as a crash would; it stays away until start()."""
        ...

    def signal(self, name: str, sig: str) -> None:
        """Send a signal (KILL, STOP, CONT, TERM, ...); what dies of it is started again."""
        ...

    def wait(self, name: str, seconds: float = ...) -> None:
        """Until one program is ready, however often it has to be started again meanwhile. Raises StackError."""
        ...

    def infos(self) -> Mapping[str, Info]:
        """How every program is."""
        ...

    def broker_control(self, *command: str) -> None:
        """Run a command of rabbitmqctl, e.g. to raise a memory alarm. Raises StackError."""
        ...

"""One running Holdfast: everything that belongs to one run directory, brought up, inspected and taken down.

stack = LocalStack(Path(".run/test"))
stack.up()
stack.kill("payments")          # SIGKILL; it stays away until
stack.start("payments")         # it is started, and ready, again
stack.down()                    # the data stays; clean() removes it
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from xmlrpc.client import Fault

from deploy.local import ports, readiness, subscribers
from deploy.local.bringup import apply_topology, bring_up, wait_for_gateway
from deploy.local.errors import StackError
from deploy.local.layout import ROOT, Layout
from deploy.local.plan import Plan
from deploy.local.postgres import SUPERUSER
from deploy.local.processes import end_leftovers, leftovers
from deploy.local.provision import VERIFIER, VERIFY_DATABASE, provision
from deploy.local.report import Report
from deploy.local.supervision import Info, Supervisor
from deploy.services import SERVICES, named
from deploy.stack import Stack

_OWN_NAMES = (
    "env",
    "ports.json",
    "secrets.json",
    "lock",
    "postgres",
    "rabbitmq",
    "gateway",
    "supervisor",
    "logs",
    "keys",
    "subscribers",
)

_STOP_ORDER = ((*SERVICES, "gateway"), ("rabbitmq", "postgres"), ("epmd",))


def require_sandbox(environment: Mapping[str, str]) -> None:
    """Refuse to bring a sandbox up for somebody who asked for something else. Raises StackError."""
    wanted = environment.get("MARKET_PROFILE", "sandbox")
    if wanted != "sandbox":
        raise StackError(
            f"MARKET_PROFILE={wanted} is set, but local mode is always a sandbox: play money, a development key and a "
            "clock that can be moved.",
            "For a sandbox: unset MARKET_PROFILE, then run the same command again.",
            "For a production: docs/production.md says what to start, in which order, with which settings.",
        )


class LocalStack(Stack):
    """The stack on this machine, under supervisord. All commands may be repeated; several stacks live side by side."""

    def __init__(self, run_dir: Path, report: Report | None = None) -> None:
        self._layout = Layout(run_dir.resolve())
        self.supervisor = Supervisor(self.layout)
        self.report = report or Report()

    # What it is

    @property
    def layout(self) -> Layout:
        """Where everything of this stack lies."""
        return self._layout

    @property
    def run_dir(self) -> Path:
        """The directory of this stack, absolute."""
        return self.layout.run_dir

    @property
    def ports(self) -> Mapping[str, int]:
        """Port by name: gateway, postgres, amqp, management and one per service; empty before the first up()."""
        return ports.read(self.layout)

    @property
    def plan(self) -> Plan:
        """The arrangement as it was brought up. Raises StackError for a stack that never was."""
        known = self.ports
        if not known:
            raise StackError(f"There is no stack in {self.run_dir} yet.", "Bring it up: make up")
        return Plan(self.layout, known)

    @property
    def url(self) -> str:
        """The base URL of the gateway."""
        return self.plan.gateway.url

    @property
    def run_option(self) -> str:
        """What a make command needs to mean this stack."""
        shown = os.path.relpath(self.run_dir, ROOT)
        return "" if shown == ".run" else f" RUN={shown}"

    @property
    def running(self) -> bool:
        """Whether its supervisor answers."""
        return self.supervisor.running

    @property
    def orphans(self) -> int:
        """How many of its processes go on without their supervisor, after a crash or a kill of it; down() ends them."""
        return 0 if self.running else len(set(leftovers(self.layout)))

    @property
    def env(self) -> dict[str, str]:
        """What a client of this stack needs; up() also writes it to the file `env`."""
        return self.plan.client_env()

    def service_env(self, service: str) -> dict[str, str]:
        """The environment of one service process, for starting another one by hand."""
        return self.plan.service_env(service)

    @property
    def broker_admin_url(self) -> str:
        """The broker's management API, with the user and password of its administrator."""
        return self.plan.rabbitmq.admin_url

    def password(self, owner: str) -> str:
        """The password of a role or broker user."""
        return self.plan.passwords.password(owner)

    def dsn(self, database: str, role: str) -> str:
        """A role's way into a database."""
        return self.plan.postgres.dsn(database, role)

    def admin_dsn(self, database: str = "postgres") -> str:
        """The superuser's way into a database."""
        return self.dsn(database, SUPERUSER)

    def owner_dsn(self, service: str) -> str:
        """The way of the role that owns a service's database."""
        return self.dsn(service, named(service).owner_role)

    def verifier_dsn(self, database: str = VERIFY_DATABASE) -> str:
        """The way of the role that reads every database and writes in none but its own."""
        return self.dsn(database, VERIFIER)

    # Coming and going

    def up(self) -> None:
        """Bring everything up that is not; when it returns, every service is ready. Raises StackError."""
        require_sandbox(os.environ)
        self.layout.prepare()
        with self._alone():
            bring_up(self.layout, self.supervisor, self.report)

    def down(self) -> bool:
        """Stop everything that up() started and nothing else; returns whether there was anything."""
        return self._take_down(self.supervisor.stop)

    def clean(self) -> None:
        """End everything and remove all data, keys and logs of this stack; other stacks below it stay."""
        self._take_down(self.supervisor.kill)
        for each in [*(self.layout / name for name in _OWN_NAMES), self.layout.elsewhere]:
            shutil.rmtree(each) if each.is_dir() else each.unlink(missing_ok=True)
        if self.layout.socket.parent.parent != self.run_dir:
            shutil.rmtree(self.layout.socket.parent, ignore_errors=True)
        if self.run_dir.exists() and not any(self.run_dir.iterdir()):
            self.run_dir.rmdir()

    def subscribe(self, name: str) -> dict[str, str]:
        """Make a broker user for a service of another team; what it needs to connect. Raises StackError."""
        with self._alone():
            plan = self.plan
            subscribers.add(self.layout, name)
            apply_topology(plan)
        return subscribers.environment(self.layout, name, plan.ports["amqp"])

    def start(self, name: str) -> None:
        """Start one service or server (postgres, rabbitmq, gateway) and wait until it is ready."""
        self.supervisor.start(name)
        self.wait(name)

    def stop(self, name: str) -> None:
        """Stop one service or server as a deployment would: it may finish what it has begun."""
        self.supervisor.stop(name)

    def restart(self, name: str) -> None:
        """Stop one, start it again, wait until it is ready."""
        self.stop(name)
        self.start(name)

    def kill(self, name: str) -> None:
        """SIGKILL, as a crash would; it stays away until start()."""
        self.supervisor.kill(name)

    def signal(self, name: str, sig: str) -> None:
        """Send a signal (KILL, STOP, CONT, TERM, ...); what dies of it is started again by the supervisor."""
        self.supervisor.signal(name, sig)

    def wait(self, name: str, seconds: float = 180) -> None:
        """Until one service or server is ready, however often it has to be started again meanwhile."""
        plan = self.plan
        if name in SERVICES:
            readiness.wait(self.layout, self.supervisor, {name: plan.ports[name]}, seconds=seconds, hasty=False)
        elif name == "rabbitmq":
            plan.rabbitmq.wait(seconds)
        elif name == "postgres":
            provision(plan.postgres, plan.passwords.password)
        elif name == "gateway":
            wait_for_gateway(plan, seconds)

    def broker_control(self, *command: str) -> None:
        """Run a command of rabbitmqctl, e.g. to raise a memory alarm. Raises StackError."""
        self.plan.rabbitmq.control(*command)

    def infos(self) -> Mapping[str, Info]:
        """How every program is."""
        return self.supervisor.infos()

    def left(self) -> str:
        """What runs of it after a command was interrupted, and how to stop that."""
        run = self.run_option
        try:
            running = [name for name, info in self.infos().items() if info.up]
        except (OSError, HTTPException, Fault, KeyError):
            return f"What runs of it: make status{run}"
        return f"Running: {', '.join(running)}.\n  → Stop it: make down{run}" if running else "Nothing of it runs."

    def _take_down(self, end: Callable[..., None]) -> bool:
        if not self.run_dir.exists():
            return False
        with self._alone():
            self.supervisor.await_end()
            was_running = self.running
            if was_running:
                known = self.supervisor.infos()
                for group in _STOP_ORDER:
                    names = [name for name in group if name in known]
                    with self.report.step(f"Stopping {', '.join(names)}"):
                        end(*names)
                self.supervisor.shut_down()
            return bool(end_leftovers(self.layout)) or was_running

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Two commands that change the same stack wait for each other."""
        with (self.layout / "lock").open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self.report.note("another command is changing this stack: waiting for it")
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield

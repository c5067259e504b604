"""Bringing a stack up, step by step: the servers, what the services need in them, then all services side by side."""

import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from deploy.local import ports, readiness
from deploy.local.errors import StackError
from deploy.local.layout import ROOT, Layout
from deploy.local.plan import Plan
from deploy.local.processes import end_leftovers
from deploy.local.programs import base_environment
from deploy.local.provision import provision
from deploy.local.report import Report
from deploy.local.supervision import Supervisor
from deploy.local.tokens import make_keys
from deploy.services import REGISTRY, SERVICES
from deploy.topology import MISSING


def bring_up(layout: Layout, supervisor: Supervisor, report: Report) -> None:
    """Start what does not run; start the services again if their code changed. Ends when all are ready."""
    if not supervisor.running and (count := end_leftovers(layout)):
        report.note(f"ended {count} processes that a crash of this stack had left behind")
    running = {name for name, info in supervisor.infos().items() if info.up}
    plan = Plan(layout, ports.choose(layout, running))
    plan.passwords.require_with_data()
    make_keys(layout)
    (layout / "env").write_text("".join(f"{name}={value}\n" for name, value in plan.client_env().items()))
    fingerprint, applied = plan.fingerprint(), layout / "supervisor" / "applied"
    if not running.issuperset(name for name in ports.PROGRAM_PORTS) or _text(applied) != fingerprint:
        applied.unlink(missing_ok=True)
        _Steps(plan, supervisor, report, running).all()
    else:
        _Steps(plan, supervisor, report, running).prepare_broker()
    with report.step(f"Services ready: {', '.join(SERVICES)}, behind {plan.gateway.url}"):
        seconds = max(each.ready_seconds for each in REGISTRY)
        readiness.wait(layout, supervisor, {name: plan.ports[name] for name in SERVICES}, seconds=seconds)
        wait_for_gateway(plan)
    applied.write_text(fingerprint)


def wait_for_gateway(plan: Plan, seconds: float = 20) -> None:
    """Wait until nginx answers. Raises StackError."""
    deadline = time.monotonic() + seconds
    while not plan.gateway.ready():
        if time.monotonic() > deadline:
            raise readiness.not_ready(plan.layout, "The gateway does not answer.", ["gateway"])
        time.sleep(0.05)


class _Steps:
    def __init__(self, plan: Plan, supervisor: Supervisor, report: Report, running: set[str]) -> None:
        self._plan = plan
        self._supervisor = supervisor
        self._report = report
        self._running = running

    def all(self) -> None:
        self._start_servers()
        self._prepare_databases()
        self.prepare_broker()
        self._start_services()

    def _start_servers(self) -> None:
        plan = self._plan
        if not (plan.postgres.data).exists():
            self._report.note("first start: the database cluster and the broker are made")
        with self._report.step("Starting PostgreSQL and RabbitMQ"):
            plan.postgres.prepare()
            plan.rabbitmq.prepare()
            gateway_changed = plan.gateway.prepare()
            self._supervisor.apply(plan.programs())
            if old := self._running & set(SERVICES):
                self._report.note(f"something changed since they started: {', '.join(sorted(old))} start again")
                self._supervisor.stop(*old)
            if gateway_changed and "gateway" in self._running:
                self._supervisor.stop("gateway")
            self._supervisor.start("epmd")
            _wait_for_port(plan.ports["epmd"])
            self._supervisor.start("rabbitmq")
            self._supervisor.start("postgres")

    def _prepare_databases(self) -> None:
        plan = self._plan
        with self._report.step(
            f"PostgreSQL on 127.0.0.1:{plan.ports['postgres']}, a database and two roles per service"
        ):
            provision(plan.postgres, plan.passwords.password)
        with self._report.step("Migrations, up to the newest"):
            run_step(plan.layout, "deploy.migrate", plan.migration_env())

    def prepare_broker(self) -> None:
        """Apply the topology, also to a broker that runs: what somebody took away comes back, and is named."""
        plan = self._plan
        with self._report.step(f"RabbitMQ on 127.0.0.1:{plan.ports['amqp']}"):
            plan.rabbitmq.wait()
        with self._report.step("Exchange, queues, and a broker user per service"):
            lost = apply_topology(plan)
        for line in lost:
            self._report.note(line)
        if lost:
            self._report.note("if events were lost meanwhile, send them again: make republish SINCE=2h")

    def _start_services(self) -> None:
        self._plan.gateway.trim_log()
        for name in (*SERVICES, "gateway"):
            self._supervisor.start(name)


def apply_topology(plan: Plan) -> list[str]:
    """Declare what the broker lacks; the lines that name what somebody had taken away. Raises StackError."""
    output = run_step(plan.layout, "deploy.topology", plan.topology_env())
    return [line for line in output.splitlines() if line.startswith(MISSING)]


def run_step(layout: Layout, module: str, environment: Mapping[str, str]) -> str:
    """Run a deploy step as a production would; what it printed. Raises StackError with the end of it."""
    done = subprocess.run(
        [sys.executable, "-m", module],
        cwd=ROOT,
        env={**base_environment(layout), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    log = layout.log(module.rpartition(".")[2])
    log.write_text(done.stdout)
    if done.returncode:
        raise StackError(
            f"python -m {module} failed.",
            "Mend what it says, then run the same command again.",
            f"The whole output: {log}",
            seen="\n".join(done.stdout.splitlines()[-25:]),
        )
    return done.stdout


def _wait_for_port(port: int, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)


def _text(file: Path) -> str:
    return file.read_text() if file.exists() else ""

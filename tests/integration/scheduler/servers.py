"""PostgreSQL and RabbitMQ for the scheduler's own tests, without any service: those run inside the tests."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import asyncpg
import httpx2

from deploy.local import ports
from deploy.local.plan import Plan
from deploy.local.provision import app, owner, provision
from deploy.local.stack import LocalStack
from deploy.local.tokens import make_keys
from shared.db.migrations import upgrade
from shared.db.revisions import common
from shared.messaging.topology import SUBSCRIPTIONS, VHOST, definitions, queues
from tests.support.stacks import RUN


@contextmanager
def running_servers() -> Iterator[Plan]:
    """Fresh servers beside the shared stack's directory, with all queues and users."""
    stack = LocalStack(RUN.with_name(f"{RUN.name}-scheduler"))
    stack.clean()
    stack.layout.prepare()
    try:
        plan = Plan(stack.layout, ports.choose(stack.layout, ()))
        _start(stack, plan)
        passwords = {service: plan.rabbitmq.service_password(service) for service in SUBSCRIPTIONS}
        _admin(plan, "POST", "definitions", definitions(passwords))
        yield plan
    finally:
        stack.down()


async def make_databases(plan: Plan, owners: tuple[str, ...]) -> None:
    """The scheduler's tables, and what every service has for those that the tests play."""
    await upgrade("scheduler", plan.postgres.dsn("scheduler", owner("scheduler")))
    for service in owners:
        sql = await asyncpg.connect(plan.postgres.dsn(service, owner(service)))
        for file in common():
            await sql.execute(file.read_text(encoding="utf-8"))
        await sql.close()


async def empty(plan: Plan, services: tuple[str, ...]) -> None:
    """No rows, no messages, a clock that runs."""
    for service in services:
        sql = await asyncpg.connect(plan.postgres.dsn(service, owner(service)))
        await sql.execute("truncate outbox, inbox, kept_messages, answers, clock")
        if service == "scheduler":
            await sql.execute("truncate timers")
        await sql.close()
    for service in SUBSCRIPTIONS:
        for queue in queues(service):
            _admin(plan, "DELETE", f"queues/{VHOST}/{queue}/contents")


def app_dsn(plan: Plan, service: str) -> str:
    """How the service itself reaches its database."""
    return plan.postgres.dsn(service, app(service))


def _start(stack: LocalStack, plan: Plan) -> None:
    make_keys(stack.layout)
    plan.postgres.prepare()
    plan.rabbitmq.prepare()
    stack.supervisor.apply(plan.programs())
    stack.supervisor.start("epmd")
    _until(lambda: not ports.is_free(plan.ports["epmd"]))
    stack.supervisor.start("rabbitmq")
    stack.supervisor.start("postgres")
    provision(plan.postgres, plan.passwords.password)
    plan.rabbitmq.wait()


def _until(condition: Callable[[], bool]) -> None:
    limit = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.02)


def _admin(plan: Plan, method: str, path: str, body: object = None) -> None:
    scheme, location = plan.rabbitmq.admin_url.split("://")
    login, address = location.split("@")
    user, _, password = login.partition(":")
    url = f"{scheme}://{address}/api/{path}"
    with httpx2.Client(verify=False, auth=(user, password), timeout=30) as client:
        client.request(method, url, json=body).raise_for_status()

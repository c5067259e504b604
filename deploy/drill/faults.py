"""The faults of a drill and how each ends: servers killed, stopped, frozen, starved; services killed, frozen."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from deploy.services import SERVICES
from deploy.stack import Stack

Act = Callable[[Stack], None]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that breaks and is mended again."""

    name: str
    """What it is called in the plan and in the report."""
    begins: Act
    ends: Act
    shortest: float
    longest: float
    """For how many seconds it lasts."""


def _nothing(_stack: Stack) -> None:
    """The supervisor starts it again by itself."""


def _send(name: str, sig: str) -> Act:
    return lambda stack: stack.signal(name, sig)


def _starved(stack: Stack) -> None:
    stack.broker_control("set_vm_memory_high_watermark", "0.00001")


def _fed(stack: Stack) -> None:
    stack.broker_control("set_vm_memory_high_watermark", "absolute", "1GB")


def _stop(name: str, stack: Stack) -> None:
    stack.stop(name)


def _kill(name: str, stack: Stack) -> None:
    stack.kill(name)


def _start(name: str, stack: Stack) -> None:
    stack.start(name)


BROKER_STOPPED = Fault("RabbitMQ is stopped", partial(_stop, "rabbitmq"), partial(_start, "rabbitmq"), 2, 8)
BROKER_KILLED = Fault("RabbitMQ is killed", partial(_kill, "rabbitmq"), partial(_start, "rabbitmq"), 0, 3)
BROKER_FROZEN = Fault("RabbitMQ is frozen", _send("rabbitmq", "STOP"), _send("rabbitmq", "CONT"), 4, 12)
BROKER_STARVED = Fault("RabbitMQ has no memory", _starved, _fed, 4, 10)
DATABASE_STOPPED = Fault("PostgreSQL is stopped", partial(_stop, "postgres"), partial(_start, "postgres"), 1, 4)
DATABASE_KILLED = Fault("PostgreSQL is killed", partial(_kill, "postgres"), partial(_start, "postgres"), 1, 3)
KILLED: Mapping[str, Fault] = {
    name: Fault(f"{name} is killed", _send(name, "KILL"), _nothing, 0, 0) for name in SERVICES
}
FROZEN: Mapping[str, Fault] = {
    name: Fault(f"{name} is frozen", _send(name, "STOP"), _send(name, "CONT"), 3, 14) for name in SERVICES
}
SERVERS: tuple[Fault, ...] = (
    BROKER_STOPPED,
    BROKER_KILLED,
    BROKER_FROZEN,
    BROKER_STARVED,
    DATABASE_STOPPED,
    DATABASE_KILLED,
)
"""Faults of the servers below the services."""

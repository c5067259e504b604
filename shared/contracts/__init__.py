"""The events of the system, one module per publisher. A consumer imports the classes; nobody imports a service."""

from shared.contracts import deadlines, disputes, orders, payments
from shared.contracts.base import EVENTS, Event

__all__ = ["EVENTS", "Event", "deadlines", "disputes", "orders", "payments"]

"""The events of the system, one module per subject. A consumer imports the classes; nobody imports a service."""

from shared.contracts import chat, deadlines, disputes, listings, orders, payments, reviews
from shared.contracts.base import EVENTS, Event

__all__ = ["EVENTS", "Event", "chat", "deadlines", "disputes", "listings", "orders", "payments", "reviews"]

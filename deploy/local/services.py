"""Which services exist. Everything else (databases, broker users, ports, processes) follows from this list."""

SERVICES: tuple[str, ...] = ("orders", "payments", "scheduler", "disputes")
"""In the order in which they were built: a new one is added at the end, so that the others keep their ports."""

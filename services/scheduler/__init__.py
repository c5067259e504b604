"""The scheduler: the timers of all services, and the sandbox clock."""

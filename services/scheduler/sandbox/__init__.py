"""The sandbox clock: moves business time through all services. Only the scheduler's app.py imports it."""

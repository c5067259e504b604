"""Scheduler: every timer of every service, and the sandbox clock."""

"""Payments: money that comes in, waits in escrow and goes where the order's life sends it."""

"""Payments: takes money in, holds it in escrow and moves it where the order's events say."""

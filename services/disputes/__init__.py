"""Disputes: cases that support decides, and the status of accounts."""

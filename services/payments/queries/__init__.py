"""Reads of payments: one file per subject; nothing is locked or written."""

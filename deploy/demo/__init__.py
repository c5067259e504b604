"""Plays a few orders on a running sandbox and shows each event, each cent and each expectation."""

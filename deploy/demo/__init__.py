"""Plays the money story on a running sandbox and shows each event, each cent and each expectation."""

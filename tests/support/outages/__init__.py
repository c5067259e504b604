"""Support for outages tests."""

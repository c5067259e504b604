"""Support for tests of outages."""

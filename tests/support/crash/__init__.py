"""Support for crash tests."""

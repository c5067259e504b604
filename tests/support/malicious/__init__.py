"""Support for tests of malicious input."""

"""Support for malicious tests."""

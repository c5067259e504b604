"""Support for races tests."""

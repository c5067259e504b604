"""Support for tests of races."""

"""Support for tests of crashes."""

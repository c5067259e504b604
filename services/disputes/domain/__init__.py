"""The rules of cases and conduct, pure."""

"""Commands of cases and of accounts."""

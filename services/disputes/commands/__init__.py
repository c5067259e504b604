"""What can be asked of cases and of accounts."""

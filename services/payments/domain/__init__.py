"""The rules of money, pure: no storage, no messages, no clock of its own."""

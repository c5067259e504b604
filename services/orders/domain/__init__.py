"""The rules of an order, pure: no storage, no messages, no clock of its own."""

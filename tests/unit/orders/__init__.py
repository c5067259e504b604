"""The rules of an order: pure, so every combination can be tried."""

"""The rules of money: pure, so every combination can be tried."""

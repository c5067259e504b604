"""Chat: what buyer and seller write to each other, and the log of each order."""

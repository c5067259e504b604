"""The rules of cases and conduct, asked exhaustively."""

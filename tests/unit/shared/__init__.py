"""What all services stand on: money, numbers, strict reading, tokens, refusals."""

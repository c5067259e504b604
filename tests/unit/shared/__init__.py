"""What all services share: money, numbers, strict reading, tokens, refusals."""

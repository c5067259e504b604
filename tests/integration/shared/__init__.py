"""What all services share, on a real database."""

"""What all services stand on, on a real database."""

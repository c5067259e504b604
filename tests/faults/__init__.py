"""What must hold when processes die, messages repeat and servers go away."""

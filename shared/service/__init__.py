"""What makes a process a service: its settings, its loops, its readiness and its metrics."""

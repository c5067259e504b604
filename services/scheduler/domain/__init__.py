"""What a timer is, where an advance goes, and when a system is at rest. Pure."""

"""What a timer is, and when the clock of a production has jumped. Pure."""

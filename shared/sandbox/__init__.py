"""What only a sandbox has: the clock that every service follows. Production never imports it."""

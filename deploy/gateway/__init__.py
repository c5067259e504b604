"""The gateway: which path belongs to which service, and the nginx configuration that follows from it."""

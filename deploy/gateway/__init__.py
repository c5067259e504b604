"""The one entrance: which path belongs to which service, and the nginx configuration that follows from it."""

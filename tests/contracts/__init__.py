"""What the services promise each other and the outside: events, broker permissions, routes."""

"""The services of the marketplace; none imports another."""

"""Storage: the pool, the one place that commits, the tables every service has, migrations and the kinds of failure."""

"""Storage: transactions and the outbox, the tables of every service, jobs, migrations and the kinds of failure."""

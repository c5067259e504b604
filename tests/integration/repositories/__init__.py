"""The same tests on the storage in memory and on PostgreSQL, so that the fakes are proved equal."""

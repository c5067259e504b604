"""The same questions to the storage in memory and to the one on PostgreSQL, so that the fakes are proved equal."""

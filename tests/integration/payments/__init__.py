"""Payments on a real PostgreSQL: what the database itself refuses, and what arrives twice or in another order."""

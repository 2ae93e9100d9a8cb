"""Restores a backup, or some of its tables, into a database. It trusts no byte that it has not hashed."""

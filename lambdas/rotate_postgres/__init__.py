"""Rotates the passwords of the PostgreSQL logins: by alternation, and the master's in place."""

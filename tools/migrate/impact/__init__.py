"""What a statement will do to the tables of a database, judged before it runs; nothing here runs one.

The rules are PostgreSQL 15's: documentation of ALTER TABLE, CREATE INDEX and "Explicit Locking". The
integration tests hold every rule against a real server; what the rules do not know they call unknown.
"""

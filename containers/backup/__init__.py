"""Backups of one database that anybody can restore, and the weekly proof: taken, restored, compared."""

"""The bootstrap function: roles, extensions and migrations of one database, made to match the design."""

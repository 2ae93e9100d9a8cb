"""The drill: restores the newest backup into a PostgreSQL of its own, compares everything, and reports."""

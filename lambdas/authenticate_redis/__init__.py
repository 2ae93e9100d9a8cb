"""Logs in to Redis with a version of a secret, for those who cannot reach it. Runs inside the VPC."""

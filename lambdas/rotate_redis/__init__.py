"""Rotates the passwords of the Redis users: two are live until the next rotation. Runs outside the VPC."""

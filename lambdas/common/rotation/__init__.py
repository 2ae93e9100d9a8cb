"""Secrets Manager's rotation: its contract, the versions of a secret, the four steps in their order."""

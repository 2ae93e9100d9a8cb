"""Roles, memberships, grants and passwords, made to match one design on every run."""

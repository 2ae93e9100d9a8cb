"""Modules that are laid into the Python environments of Lambdas and containers; nothing here imports them."""

"""Writes the RDS certificate authorities that the Lambdas verify servers against, from a registry package."""

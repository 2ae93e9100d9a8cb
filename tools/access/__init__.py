"""Finds a deployed tier and the credentials to enter it as applications do: by parameters and secrets.

The same code reads AWS and the rehearsal. It never prints a secret and never puts one on a command line.
"""

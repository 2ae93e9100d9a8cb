"""Makes a fresh machine ready: Python packages, Node and its packages, the database servers.

It runs before anything is installed, so it uses the standard library only. Every step is skipped when what
it depends on is unchanged, may be interrupted anywhere, and simply runs again.
"""

"""One small module for each family of resource types that the emulator lacks or only pretends to have.

Handlers never talk HTTP to the emulator that they run in: it would wait for itself.
"""

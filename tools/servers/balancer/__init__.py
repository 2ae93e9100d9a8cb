"""A TCP load balancer that behaves as AWS's Network Load Balancer does, as a program of its own on loopback.

Told what to do by a file in its folder, and says in another what it sees. Never looks into what it forwards.
"""

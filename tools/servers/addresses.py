"""Loopback endpoints: every server gets an address of its own, as every RDS instance gets a name.

A certificate then names one server only, and verify-full tells servers apart as it does in AWS.
"""

from __future__ import annotations

import secrets
import socket


def free_address(port: int = 0) -> tuple[str, int]:
    """Return a loopback address and a TCP port that is free on it: `port` where one is asked for.

    A replica asks for its primary's port, as all instances behind one name share theirs in AWS.

    The address is random in 127.0.0.0/8 (Linux routes all of it to the loopback device), so two
    servers that start at once do not meet.
    """
    octets = (127, 1 + secrets.randbelow(253), secrets.randbelow(256), 1 + secrets.randbelow(253))
    host = ".".join(map(str, octets))
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((host, port))
        chosen: int = probe.getsockname()[1]
    return host, chosen

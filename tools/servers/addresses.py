"""Loopback endpoints: every server gets an address of its own, as every RDS instance gets a name.

A certificate then names one server only, and verify-full tells servers apart as it does in AWS.
"""

from __future__ import annotations

import secrets
import socket

from tools.servers.errors import ServerError


def free_address(port: int = 0) -> tuple[str, int]:
    """Return a loopback address and a TCP port that is free on it: `port` where one is asked for.

    A replica asks for its primary's port, as all instances behind one name share theirs in AWS.

    The address is random in 127.0.0.0/8 (Linux routes all of it to the loopback device), so two
    servers that start at once do not meet. Raises ServerError where a program holds `port` on every address.
    """
    octets = (127, 1 + secrets.randbelow(253), secrets.randbelow(256), 1 + secrets.randbelow(253))
    host = ".".join(map(str, octets))
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.bind((host, port))
            chosen: int = probe.getsockname()[1]
    except OSError as error:
        raise ServerError(
            f"port {port} is taken on every address of this machine: {error.strerror}"
        ) from error
    return host, chosen

"""Whether an address is free to listen on, asked before anything is started. It listens for no client."""

import socket

from containers.pgbouncer.errors import StartFailed

_EVERYWHERE = "*"


def require_free(address: str, port: int) -> None:
    """Refuse to go on where another program listens: PgBouncer 1.18 would run on without it.

    Raises:
        StartFailed: names the address.
    """
    host = None if address == _EVERYWHERE else address
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, kind, protocol, _, where in found:
            with socket.socket(family, kind, protocol) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(where)
                probe.listen(1)
    except OSError as error:
        raise StartFailed(
            f"LISTEN_PORT {port} at {address} cannot be listened on: {error.strerror}. Another program, or "
            "another task with this address, has it."
        ) from error

"""The private DNS of a rehearsal, inside the Python of its Lambdas and containers; loaded as that starts.

Reads the names of private namespaces from the file that $DATATIER_NAMES names, anew for each question: a DNS
answer is not kept here. Every other name is the system's, and nothing but Python's own resolver is changed.
"""

import json
import os
import socket
from typing import Any

FILE = "DATATIER_NAMES"
SYSTEM = socket.getaddrinfo


def addresses_of(host: Any) -> list[str] | None:  # noqa: ANN401  # whatever a program passes to getaddrinfo
    """Return the addresses of a private name, none of one that is not there; None for other names."""
    name = host.decode("idna") if isinstance(host, bytes) else host
    path = os.environ.get(FILE)
    if not path or not isinstance(name, str):
        return None
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123  # nothing that is not needed is imported
            known = json.load(file)
    except FileNotFoundError:
        return None
    name = name.rstrip(".").lower()
    if name in known["names"]:
        return list(known["names"][name])
    return [] if any(name.endswith(f".{space}") for space in known["namespaces"]) else None


def getaddrinfo(  # noqa: PLR0917  # as the system's
    host: Any,  # noqa: ANN401  # as the system's
    port: Any,  # noqa: ANN401  # as the system's
    family: int = 0,
    type: int = 0,  # noqa: A002  # as the system's
    proto: int = 0,
    flags: int = 0,
) -> list[Any]:
    """Answer as the system's does."""
    addresses = addresses_of(host)
    if addresses is None:
        return SYSTEM(host, port, family, type, proto, flags)
    if not addresses:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return [one for address in addresses for one in SYSTEM(address, port, family, type, proto, flags)]


socket.getaddrinfo = getaddrinfo

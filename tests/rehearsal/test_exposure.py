"""Nothing of the tier listens beyond this machine."""

import ipaddress
import socket
import struct
from pathlib import Path

import pytest

from tools.rehearsal import tier as tiers
from tools.rehearsal.layout import Layout
from tools.rehearsal.servers import find
from tools.rehearsal.tier import Tier

pytestmark = pytest.mark.rehearsal

LISTENING = "0A"


def listeners(pid: int) -> set[str]:
    """Return the IPv4 and IPv6 addresses that a process listens on, from /proc/net."""
    links = [str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()]
    inodes = {link.removeprefix("socket:[").removesuffix("]") for link in links if link.startswith("socket:")}
    found: set[str] = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == LISTENING and fields[9] in inodes:
                found.add(address(fields[1].partition(":")[0]))
    return found


def address(hexadecimal: str) -> str:
    words = [int(hexadecimal[start : start + 8], 16) for start in range(0, len(hexadecimal), 8)]
    packed = b"".join(struct.pack("=I", word) for word in words)
    return socket.inet_ntop(socket.AF_INET if len(words) == 1 else socket.AF_INET6, packed)


def test_every_process_of_the_tier_listens_on_loopback_only(tier: Tier, layout: Layout) -> None:
    emulator = tiers.emulator(layout)
    assert emulator is not None
    assert tier.port
    pids = [emulator.pid, *(server.pid for server in find(layout) if server.pid)]
    for pid in pids:
        found = listeners(pid)
        assert found, f"process {pid} listens on nothing: the test looks in the wrong place"
        assert all(ipaddress.ip_address(one).is_loopback for one in found), found

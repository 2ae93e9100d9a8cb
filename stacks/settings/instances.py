"""How many connections an instance class takes, estimated from its memory. Pure; never asks RDS."""

import re

T_GIB = {"micro": 1, "small": 2, "medium": 4, "large": 8, "xlarge": 16}
GIB_PER_VCPU = {"m": 4, "r": 8, "x2g": 16, "x2iedn": 32}
"""The RDS guide, 'Hardware specifications for DB instance classes'.

Within a family memory follows the vCPUs: 2 of `large`, 4 of `xlarge`, and 4 n of `n` times xlarge.
"""

GIB = 1024**3
BYTES_PER_CONNECTION = 9_531_392
MOST_CONNECTIONS = 5_000
"""max_connections by default: LEAST({DBInstanceClassMemory/9531392}, 5000) (the RDS guide, 'Quotas and
constraints', 'Maximum number of database connections')."""

USABLE = 0.7
"""Share of the memory that DBInstanceClassMemory is at least: the system and RDS's processes have the rest.

Of the smallest, db.t3.micro, 72 % are left: it takes 81 connections, not the 112 of 1 GiB.
"""

_CLASS = re.compile(r"db\.(?P<family>[a-z]+[0-9]+[a-z]*)\.(?P<times>[0-9]*)(?P<size>[a-z]+)")


def memory_gib(instance_class: str) -> int | None:
    """Return the memory of a class in GiB, or None of one that is not known here."""
    found = _CLASS.fullmatch(instance_class)
    if found is None:
        return None
    family, size, times = found["family"], found["size"], int(found["times"] or 1)
    if family.startswith("t"):
        base = T_GIB.get(size)
        return None if base is None else base * times
    ratio = GIB_PER_VCPU.get(family) or GIB_PER_VCPU.get(family[0])
    vcpus = {"large": 2, "xlarge": 4}.get(size)
    return None if ratio is None or vcpus is None else ratio * vcpus * times


def fewest_connections(instance_class: str) -> int | None:
    """Return how many connections the class takes at least, by RDS's default, or None if it is not known."""
    memory = memory_gib(instance_class)
    if memory is None:
        return None
    return min(int(memory * GIB * USABLE) // BYTES_PER_CONNECTION, MOST_CONNECTIONS)

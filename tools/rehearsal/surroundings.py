"""What a process of the rehearsal gets of this shell's environment. Pure.

Nothing that would lead it elsewhere: no AWS set-up, no PostgreSQL server's name, and no proxy on the way to
loopback. Proxies stay for what is not on this machine.
"""

from collections.abc import Mapping

LOOPBACK = ("127.0.0.1", "localhost", "127.0.0.0/8")
UNPROXIED = ("NO_PROXY", "no_proxy")
MISLEADING = ("AWS_", "CDK_", "PG")


def surroundings(shell: Mapping[str, str], *, without: tuple[str, ...] = ()) -> dict[str, str]:
    """Return the shell's variables but for those that mislead; `without` are more beginnings of names."""
    kept = {name: value for name, value in shell.items() if not name.startswith((*MISLEADING, *without))}
    listed = [entry.strip() for name in UNPROXIED for entry in shell.get(name, "").split(",")]
    direct = ",".join(dict.fromkeys([*filter(None, listed), *LOOPBACK]))
    return {**kept, **dict.fromkeys(UNPROXIED, direct)}

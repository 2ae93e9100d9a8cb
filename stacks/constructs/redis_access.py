"""What each Redis user may do, as ElastiCache access strings (Redis 7, 'ACL'). Pure; never asks a server.

A rule's place matters: a later one overrides an earlier one, so what is taken away stands last.
"""

from collections.abc import Sequence

NOBODY = "off -@all"
"""The user `default`, whom a client becomes when it gives no name: switched off, and without a command."""

APP_COMMANDS = (
    "-@all",
    "+@read",
    "+@write",
    "+@pubsub",
    "+@transaction",
    "+@connection",
    # Scripts run with their caller's keys and commands: a lock's compare-and-delete needs one.
    "+eval",
    "+evalsha",
    # FLUSHALL, KEYS, CONFIG, SORT, CLIENT KILL, MIGRATE and their like.
    "-@dangerous",
    "-@admin",
    # These show names outside the user's patterns.
    "-scan",
    "-randomkey",
    "-pubsub",
    # In broadcast mode it tells of every key that changes, whoever's it is.
    "-client|tracking",
    # A library is everybody's: its author's code runs for whoever calls it, and FLUSH drops all of them.
    "-function",
)

PURGE_COMMANDS = (
    "-@all",
    "+@connection",
    "-@dangerous",
    "-@admin",
    # Find keys by pattern, look at them, drop them; no reading of values, no FLUSHALL that would end every
    # session.
    "+scan",
    "+exists",
    "+type",
    "+ttl",
    "+pttl",
    "+del",
    "+unlink",
    "+dbsize",
)


def app_access(*, key_patterns: Sequence[str], channel_patterns: Sequence[str]) -> str:
    """Return the access string of `app`: its own keys and channels, and commands that cannot harm others.

    Channels are listed beside keys because `~pattern` alone refuses every PUBLISH and SUBSCRIBE.
    """
    keys = (f"~{pattern}" for pattern in key_patterns)
    channels = (f"&{pattern}" for pattern in channel_patterns)
    return " ".join(("on", *keys, "resetchannels", *channels, *APP_COMMANDS))


def purge_access() -> str:
    """Return the access string of `admin`: any key may be dropped, none can be read or written."""
    return " ".join(("on", "~*", "resetchannels", *PURGE_COMMANDS))

"""Which account a server runs as: PostgreSQL refuses root, so root lends it Debian's `postgres` account."""

from __future__ import annotations

import os
import pwd
import stat
from typing import TYPE_CHECKING, TypedDict

from tools.servers.errors import ServerError

if TYPE_CHECKING:
    from pathlib import Path

UNPRIVILEGED = "postgres"


class RunAs(TypedDict, total=False):
    """The keyword arguments of `subprocess` that choose the account; empty when not root."""

    user: int
    group: int
    extra_groups: list[int]


def run_as() -> RunAs:
    """Return how to start a server: as ourselves, or, for root, as the `postgres` account."""
    if os.geteuid() != 0:
        return {}
    try:
        entry = pwd.getpwnam(UNPRIVILEGED)
    except KeyError as error:
        message = (
            f"root cannot run PostgreSQL and there is no account '{UNPRIVILEGED}': install postgresql-15"
        )
        raise ServerError(message) from error
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def hand_over(path: Path) -> None:
    """Give `path`, a file or a folder with all in it, to the account that servers run as."""
    account = run_as()
    if "user" not in account or "group" not in account:
        return
    for entry in (path, *path.rglob("*")):
        os.chown(entry, account["user"], account["group"], follow_symlinks=False)


def check_reachable(directory: Path) -> None:
    """Raise ServerError if the servers' account cannot enter the folders above `directory`."""
    account = run_as()
    for parent in directory.resolve().parents:
        if "user" in account and parent.exists() and not _may_enter(parent, account["user"]):
            raise ServerError(
                f"{parent} cannot be entered by the account '{UNPRIVILEGED}' that PostgreSQL runs as; "
                f"move the project, run it without root, or set DATATIER_STATE to a folder that all may enter"
            )


def _may_enter(directory: Path, user: int) -> bool:
    status = directory.stat()
    return bool(status.st_mode & stat.S_IXOTH) or status.st_uid == user

"""Has a drill done on this machine: by a process of its own, as an account that PostgreSQL accepts.

PostgreSQL refuses root; root lends it the account that the rehearsal's servers run as. The process gets this
one's AWS credentials by its environment and nothing by its arguments.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from threading import Thread
from typing import IO, TYPE_CHECKING, Final

import boto3

from containers.backup.errors import DrillFailed
from tools.backup.drill_reports import DrillReport, read_report
from tools.backup.errors import Interrupted
from tools.backup.progress import Seen, follow_lines
from tools.rehearsal.clouds import variables_at
from tools.servers import binaries
from tools.servers.accounts import check_reachable, hand_over, run_as
from tools.servers.pythons import lent_python
from tools.state import state_directory

if TYPE_CHECKING:
    from collections.abc import Callable

    from tools.backup.places import Vault

REPORT: Final = "report"
"""The key of the one line that holds the drill's report."""

_END_SECONDS: Final = 60.0
_PROFILES: Final = {"AWS_PROFILE", "AWS_DEFAULT_PROFILE"}
"""They lead to files that only the caller may read, and would come before the credentials."""
_ROOT: Final = Path(__file__).parents[2]


def drill_here(vault: Vault, *, streams: int, tell: Callable[[Seen], None]) -> DrillReport:
    """Drill the newest backup of a copy; `tell` hears how far it is.

    Raises:
        DrillFailed: the process ended without a report; with its last words.
        ServerError: PostgreSQL 15 is not installed, or its account may not enter the folders.
    """
    command = [str(lent_python()), "-B", "-m", "tools.backup.drill_process"]
    with subprocess.Popen(  # noqa: S603  (this very Python, no shell)
        command,
        cwd=_ROOT,
        env=_variables(vault, streams=streams),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **run_as(),
    ) as process:
        said: list[str] = []
        listener = Thread(target=said.extend, args=(process.stderr or (),), daemon=True)
        listener.start()
        try:
            report = _follow(process.stdout, tell)
        except KeyboardInterrupt:
            process.wait(_END_SECONDS)  # the terminal has told it too, and it clears up
            raise Interrupted("stopped: the drill's server is gone, and nothing was reported.") from None
        listener.join()
    if len(said) > 1:  # what nobody foresaw; a report's "log" is this
        sys.stderr.writelines(said)
    if report is None:
        words = said[-1].strip() if said else f"the drill's process ended with {process.returncode}"
        raise DrillFailed(words)
    return report


def _follow(stream: IO[str] | None, tell: Callable[[Seen], None]) -> DrillReport | None:
    report, seen = None, Seen()
    for line in stream or ():
        found = _report(line)
        report = found or report
        if found is None:
            seen = follow_lines([line], so_far=seen)
            tell(seen)
    return report


def _report(line: str) -> DrillReport | None:
    try:
        document = json.loads(line)
    except ValueError:
        return None
    if not isinstance(document, dict) or REPORT not in document:
        return None
    return read_report(json.dumps(document[REPORT]).encode(), name="of the drill")


def _variables(vault: Vault, *, streams: int) -> dict[str, str]:
    programs = binaries.postgres()
    scratch = state_directory() / "drill"
    scratch.mkdir(parents=True, exist_ok=True)
    hand_over(scratch)
    for place in (scratch, _ROOT / "prisma"):
        check_reachable(place)
    return {
        **{name: value for name, value in programs.environment_at(scratch).items() if name not in _PROFILES},
        **_credentials(vault),
        "BUCKET": vault.bucket,
        "DATABASE": vault.database,
        "STREAMS": str(streams),
        "SCRATCH_DIRECTORY": str(scratch),
        "POSTGRES_PROGRAMS": str(programs.directory),
        "POSTGRES_LIBRARIES": programs.libraries.get("LD_LIBRARY_PATH", ""),
        "PYTHONPATH": f"{_ROOT}:{Path(boto3.__file__).parents[1]}",
        "PYTHONUNBUFFERED": "1",
    }


def _credentials(vault: Vault) -> dict[str, str]:
    """The caller's own, for another account cannot read them; those of a rehearsal are worth nothing."""
    if vault.cloud.endpoint is not None:
        return variables_at(vault.cloud.endpoint, vault.cloud.region)
    region = {"AWS_REGION": vault.cloud.region, "AWS_DEFAULT_REGION": vault.cloud.region}
    found = boto3.Session().get_credentials()
    if found is None:
        return region
    frozen = found.get_frozen_credentials()
    token = {"AWS_SESSION_TOKEN": frozen.token} if frozen.token else {}
    return {
        **region,
        **token,
        "AWS_ACCESS_KEY_ID": str(frozen.access_key),
        "AWS_SECRET_ACCESS_KEY": str(frozen.secret_key),
    }

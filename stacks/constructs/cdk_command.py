"""Whether the CDK command that started this app needs packages built. Never looks at anything but processes.

`cdk diff` compares templates and hashes, for which nothing has to be built, but the CLI has assets bundled
for it as for a deployment, and tells the app nothing about the command. Its process does.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath

import psutil

NO_PACKAGES: Mapping[str, object] = {"aws:cdk:bundling-stacks": []}
"""The context by which the CLI itself tells an app to build none, for `cdk list`."""

EXECUTABLES = {"cdk", "cdk.js", "cdk.cmd"}
COMMANDS = {
    "bootstrap",
    "deploy",
    "destroy",
    "diff",
    "drift",
    "gc",
    "import",
    "list",
    "ls",
    "migrate",
    "publish-assets",
    "refactor",
    "rollback",
    "synth",
    "synthesize",
    "watch",
}


def context_of_this_command() -> Mapping[str, object]:
    """Return the context to add: NO_PACKAGES below `cdk diff`, and nothing when in doubt."""
    try:
        commands = [command for line in _ancestors() if (command := command_of(line))]
    except psutil.Error:
        return {}
    return NO_PACKAGES if commands[:1] == ["diff"] else {}


def command_of(line: Sequence[str]) -> str | None:
    """Return the CDK command in a process's command line, or None if it is none, or not clearly one."""
    executables = [place for place, word in enumerate(line[:2]) if PurePath(word).name in EXECUTABLES]
    if not executables:
        return None
    # `--profile diff deploy` names two: which one is the command cannot be told without the CLI's own parser.
    named = [word for word in line[executables[0] + 1 :] if word in COMMANDS]
    return named[0] if len(named) == 1 else "unclear"


def _ancestors() -> Iterator[Sequence[str]]:
    """Yield the command lines of this process's ancestors, the nearest first."""
    for process in psutil.Process().parents():
        yield process.cmdline()

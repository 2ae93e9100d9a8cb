"""Which CDK command started the app, told from a command line."""

from __future__ import annotations

import pytest

from stacks.constructs.cdk_command import command_of, context_of_this_command


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (["node", "/repo/node_modules/.bin/cdk", "diff", "-c", "env=prod"], "diff"),
        (["node", "/repo/node_modules/aws-cdk/bin/cdk", "-c", "env=prod", "diff"], "diff"),
        (["/usr/bin/cdk", "deploy", "--all"], "deploy"),
        (["cdk", "synth", "-c", "env=dev"], "synth"),
        (["node", "/usr/bin/cdk", "--profile", "diff", "deploy"], "unclear"),
        (["node", "/usr/bin/cdk"], "unclear"),
        (["git", "diff"], None),
        (["bash", "-c", "cdk diff"], None),
        ([], None),
    ],
)
def test_the_command_is_read_off_the_process(line: list[str], command: str | None) -> None:
    assert command_of(line) == command


def test_packages_are_built_when_no_cdk_command_is_to_be_found() -> None:
    assert context_of_this_command() == {}

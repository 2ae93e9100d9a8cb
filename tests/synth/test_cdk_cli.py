"""The real CDK CLI over app.py, without credentials, and without a network where that is promised."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from stacks import rotation
from tools.rehearsal.toolchain import find
from tools.state import repository_root

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Cdk = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def cdk(tmp_path: Path) -> Cdk:
    """Return a function that runs `cdk`, its output folder below the test's own."""
    toolchain = find(repository=repository_root())
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CDK_"))}
    environment = {
        **kept,
        "PATH": toolchain.search_path,
        "CDK_HOME": str(tmp_path / "home"),
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "AWS_EC2_METADATA_DISABLED": "true",
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "1",
    }

    def run(*arguments: str, out: str, offline: bool = True) -> subprocess.CompletedProcess[str]:
        proxies = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY") if offline else ()
        return subprocess.run(  # noqa: S603  a tool of the project
            [str(toolchain.node), str(toolchain.cdk), *arguments, "--output", str(tmp_path / out)],
            cwd=repository_root(),
            env={**environment, **dict.fromkeys(proxies, "http://127.0.0.1:9")},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def packages(assembly: Path) -> list[str]:
    """Names of the packages of Python functions in an assembly."""
    return [path.parent.name for path in assembly.glob("asset.*/lambdas")]


def test_synth_builds_the_package_and_diff_builds_none_yet_sees_no_difference(
    cdk: Cdk, tmp_path: Path
) -> None:
    # The one step that may need the package index: uv's cache may be empty on a new machine.
    synth = cdk("synth", "--quiet", "-c", "env=dev", out="deployed", offline=False)
    assert synth.returncode == 0, synth.stderr
    assert len(packages(tmp_path / "deployed")) == 1 + len(rotation.FUNCTIONS)
    stack = "datatier-dev-bootstrap"
    template = tmp_path / "deployed" / f"{stack}.template.json"
    diff = cdk("diff", stack, "--exclusively", "-c", "env=dev", "--template", str(template), out="compared")
    assert diff.returncode == 0, diff.stderr
    assert "There were no differences" in diff.stdout + diff.stderr
    assert packages(tmp_path / "compared") == []


def test_a_person_sees_one_message_for_an_unknown_environment(cdk: Cdk) -> None:
    finished = cdk("synth", "--quiet", "-c", "env=prdo", out="refused")
    assert finished.returncode != 0
    assert "there is no environment 'prdo'" in finished.stderr
    assert "exited with error 2" in finished.stderr
    assert "Traceback" not in finished.stderr

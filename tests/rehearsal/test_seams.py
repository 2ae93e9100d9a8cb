"""An emulator that is not the one our handlers are written for is refused, and what has moved is named."""

import subprocess
from pathlib import Path

import pytest
from rich.console import Console

from tools.rehearsal.layout import Layout
from tools.rehearsal.up import prepare_interpreters
from tools.state import repository_root

pytestmark = pytest.mark.rehearsal

BUILD = "from tools.rehearsal import seams; {change}; seams.Emulator()"


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The emulator's own interpreter."""
    layout = Layout(state=tmp_path_factory.mktemp("state"))
    prepare_interpreters(layout, console=Console(quiet=True))
    return layout.emulator_environment / "bin" / "python"


def build(python: Path, change: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603  # our own interpreter
        [python, "-c", BUILD.format(change=change)],
        cwd=repository_root(),
        check=False,
        capture_output=True,
        text=True,
    )


def test_the_pinned_emulator_has_every_name_that_the_handlers_use(python: Path) -> None:
    done = build(python, "pass")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "name", ["services.rds:_gone", "services.gone:_instances", "core.lambda_runtime:Gone.invoke"]
)
def test_a_name_that_has_moved_is_named(python: Path, name: str) -> None:
    done = build(python, f"seams.NAMES = (*seams.NAMES, '{name}')")
    assert done.returncode == 1
    assert f"ministack.{name}" in done.stderr


def test_another_version_is_refused(python: Path) -> None:
    done = build(python, "seams.VERSION = '0.0.1'")
    assert done.returncode == 1
    assert "0.0.1 exactly" in done.stderr

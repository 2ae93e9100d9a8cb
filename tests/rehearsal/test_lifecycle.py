"""A tier's life from the first `up` to the last `down`, in a copy of the project with its own state folder.

One test, in order, since each step is about what the one before has left. Takes about two minutes.
"""

import json
import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tools.rehearsal import tier as tiers
from tools.rehearsal.layout import Layout
from tools.rehearsal.processes import Process
from tools.rehearsal.servers import find
from tools.rehearsal.teardown import take_down
from tools.state import VARIABLE, repository_root

pytestmark = [pytest.mark.rehearsal, pytest.mark.xdist_group("lifecycle")]

COPIED = (
    "app.py", "cdk.json", "package.json", "containers", "environments", "lambdas", "prisma", "stacks",
    "tools",
)  # fmt: skip
SHARED = (".venv", "node_modules")
BROKEN = "20991231000000_broken"
SCRIPT = "BEGIN;\nCREATE TABLE lifecycle (id int);\nCRAETE TABLE mistake ();\nCOMMIT;\n"
RUN = "import sys; sys.path.insert(0, '.'); from tools.cli import main; main()"
INTERRUPTED = 130
POLL_SECONDS = 0.02
PLACE = Path("/var/tmp")  # noqa: S108  # unlike tmp_path, open for PostgreSQL's account to enter
PREFIX = "datatier-lifecycle-"


@dataclass(frozen=True, kw_only=True)
class Project:
    """A copy of the project."""

    directory: Path

    @property
    def layout(self) -> Layout:
        return Layout(state=self.directory / ".state")

    @property
    def migration(self) -> Path:
        return self.directory / "prisma" / "migrations" / BROKEN / "migration.sql"

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
        return subprocess.Popen(  # noqa: S603  # our own program
            [self.directory / ".venv" / "bin" / "python", "-P", "-c", RUN, *arguments],
            cwd=self.directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str) -> tuple[int, str, str]:
        with self.start(*arguments) as process:
            out, err = process.communicate()
        return process.returncode, out, err

    def emulator(self) -> Process:
        found = tiers.emulator(self.layout)
        assert found is not None
        return found


@pytest.fixture
def project() -> Iterator[Project]:
    """A copy of the sources, with links to what the set-up installed; PostgreSQL's account can enter it."""
    sweep()
    made = copy_project(new_place())
    try:
        yield made
    finally:
        code, out, err = made.run("down")
        assert code == 0, f"{made.directory} is kept for what still runs in it\n{out}{err}"
        shutil.rmtree(made.directory)


def new_place() -> Path:
    """Return a folder for one copy of the project that tells which process it belongs to."""
    return PLACE / f"{PREFIX}{os.getpid()}-{secrets.token_hex(3)}"


def sweep() -> None:
    """Take down and remove what earlier runs have left that were killed."""
    for directory in PLACE.glob(f"{PREFIX}*"):
        pid, _, _ = directory.name.removeprefix(PREFIX).partition("-")
        if not Path(f"/proc/{pid}").exists():
            assert take_down(Layout(state=directory / ".state")).left == []
            shutil.rmtree(directory)


def copy_project(directory: Path) -> Project:
    directory.mkdir(mode=0o755)
    source = repository_root()
    for name in COPIED:
        copy = shutil.copytree if (source / name).is_dir() else shutil.copy2
        copy(source / name, directory / name)
    for name in SHARED:
        (directory / name).symlink_to(source / name)
    (directory / ".state").mkdir()
    (directory / ".state" / "toolchain").symlink_to(source / ".state" / "toolchain")
    return Project(directory=directory)


def test_a_tier_lives_through_mistakes_and_kills(project: Project) -> None:
    code, out, err = project.run("up", "dev")
    assert code == 0, out + err
    assert "8 stacks" in out

    unchanged_does_nothing(project)
    another_environment_is_refused(project)
    a_broken_migration_is_named_and_rolled_back(project)
    an_interrupted_run_goes_on(project)
    a_dead_emulator_is_replaced(project)
    down_leaves_nothing(project)


def unchanged_does_nothing(project: Project) -> None:
    code, out, err = project.run("up", "dev")
    assert code == 0, out + err
    assert "nothing was deployed" in out


def another_environment_is_refused(project: Project) -> None:
    code, _, err = project.run("up", "prod")
    assert code == 1
    assert "make down" in err
    assert "ENV=prod" in err


def a_broken_migration_is_named_and_rolled_back(project: Project) -> None:
    project.migration.parent.mkdir()
    project.migration.write_text(SCRIPT)
    code, out, err = project.run("up", "dev")
    assert code == 1, out
    first = err.splitlines()[0]
    assert f"{BROKEN}/migration.sql:3" in first
    assert "CRAETE" in first
    assert statuses(project)["datatier-dev-bootstrap"] == "UPDATE_ROLLBACK_COMPLETE"
    code, out, _ = project.run("status")
    assert code == 1
    assert "the last deployment did not reach its end: `make up ENV=dev` goes on" in " ".join(out.split())

    project.migration.write_text(SCRIPT.replace("CRAETE", "CREATE"))
    code, out, err = project.run("up", "dev")
    assert code == 0, out + err
    assert statuses(project)["datatier-dev-bootstrap"] == "UPDATE_COMPLETE"
    assert project.run("status")[0] == 0


def an_interrupted_run_goes_on(project: Project) -> None:
    for how in (signal.SIGINT, signal.SIGKILL):
        (project.migration.parent.parent / f"20991231000001_{how.name.lower()}").mkdir()
        script = project.migration.parent.parent / f"20991231000001_{how.name.lower()}" / "migration.sql"
        script.write_text(f"CREATE TABLE {how.name.lower()} (id int);\n")
        with project.start("up", "dev") as process:
            while not (project.layout.processes / "cdk.json").exists():
                assert process.poll() is None, process.communicate()
                time.sleep(POLL_SECONDS)
            process.send_signal(how)
            _, err = process.communicate()
        if how is signal.SIGINT:
            assert process.returncode == INTERRUPTED, err
            assert "datatier down" in err
        code, out, err = project.run("up", "dev")
        assert code == 0, out + err


def a_dead_emulator_is_replaced(project: Project) -> None:
    emulator = project.emulator()
    orphans = {server.identifier: server.pid for server in find(project.layout)}
    os.kill(emulator.pid, signal.SIGKILL)
    emulator.wait(5)
    code, out, _ = project.run("status", "--json")
    assert code == 1
    assert json.loads(out)["emulator_pid"] is None
    code, out, err = project.run("up", "dev")
    assert code == 0, out + err
    assert "starting afresh" in out
    for server in find(project.layout):
        assert server.pid not in {None, orphans[server.identifier]}


def down_leaves_nothing(project: Project) -> None:
    emulator, servers = project.emulator(), find(project.layout)
    assert servers
    code, _, err = project.run("down")
    assert code == 0, err
    assert not emulator.alive
    assert not any(server.is_running() for server in servers)
    assert not project.layout.home.exists()
    code, out, _ = project.run("down")
    assert (code, out.strip()) == (0, "Nothing was up.")


def statuses(project: Project) -> dict[str, str]:
    _, out, _ = project.run("status", "--json")
    return {stack["name"]: stack["status"] for stack in json.loads(out)["stacks"]}

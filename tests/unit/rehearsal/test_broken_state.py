"""Whatever a crash, a full disk or a hand has left in a state folder: one message, and `down` still works."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.console import Console

from tools.rehearsal import emulator, tier
from tools.rehearsal.condition import condition
from tools.rehearsal.errors import EmulatorDied, StateUnreadable
from tools.rehearsal.exclusive import exclusively
from tools.rehearsal.layout import Layout
from tools.rehearsal.processes import EMULATOR, LAUNCHER, Records
from tools.rehearsal.servers import find, states
from tools.rehearsal.teardown import take_down
from tools.rehearsal.up import Target, bring_up
from tools.state import repository_root

SLEEP = "import time; time.sleep(60)"
GARBAGE = ["", "{}", "[]", "null", "{", '{"identifier": "one"}', '{"pid": "1", "port": "x"}']

Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout(state=tmp_path)
    made.processes.mkdir(parents=True)
    return made


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a process that sleeps, in a folder of its own."""
    started: list[subprocess.Popen[bytes]] = []

    def run(*, cwd: Path) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-c", SLEEP]
        started.append(subprocess.Popen(command, cwd=cwd, start_new_session=True))  # noqa: S603  # our own
        return started[-1]

    yield run
    for process in started:
        process.kill()
        process.wait()


def save_tier(layout: Layout, *, port: int) -> None:
    tier.Tier(environment="dev", region="us-east-1", recovery_region="us-west-2", port=port).save(layout.tier)


def redis_folder(layout: Layout, name: str, process: "subprocess.Popen[bytes] | None" = None) -> Path:
    """Make a server's folder that says nothing but, perhaps, which process it has."""
    directory = layout.servers / "redis" / "us-east-1" / name
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "server.json").write_text("{}")
    if process:
        (directory / "redis.pid").write_text(str(process.pid))
    return directory


@pytest.mark.parametrize("text", GARBAGE)
def test_a_record_of_a_tier_that_is_none_is_said_in_one_message(layout: Layout, text: str) -> None:
    layout.tier.write_text(text)
    with pytest.raises(StateUnreadable, match="make down"):
        condition(layout)
    take_down(layout)
    assert not layout.home.exists()


def test_a_state_folder_below_a_file_is_said_in_one_message(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    layout = Layout(state=tmp_path / "file" / "state")
    with pytest.raises(StateUnreadable, match="DATATIER_STATE"):
        condition(layout)
    with pytest.raises(StateUnreadable, match="DATATIER_STATE"), exclusively(layout):
        pass
    assert StateUnreadable.exit_code == 2


@pytest.mark.parametrize("text", GARBAGE)
@pytest.mark.parametrize("kind", ["postgres", "redis"])
def test_a_server_folder_that_says_nothing_keeps_nothing_from_being_removed(
    layout: Layout, kind: str, text: str
) -> None:
    directory = layout.servers / kind / "us-east-1" / "one"
    directory.mkdir(parents=True)
    (directory / "server.json").write_text(text)
    assert find(layout) == []
    assert take_down(layout).left == []
    assert not layout.home.exists()


def test_servers_whose_folders_say_nothing_are_known_by_their_processes(layout: Layout, start: Start) -> None:
    running: list[subprocess.Popen[bytes]] = []
    for name in ("first", "second"):
        running.append(start(cwd=redis_folder(layout, name)))
        redis_folder(layout, name, process=running[-1])
    data = layout.servers / "postgres" / "us-east-1" / "third" / "data"
    data.mkdir(parents=True)
    running.append(start(cwd=data))
    (data / "postmaster.pid").write_text(f"{running[-1].pid}\n{data}\n")
    assert {(one.identifier, one.well) for one in states(layout)} == {
        ("first", False),
        ("second", False),
        ("third", False),
    }
    stopped = take_down(layout)
    assert sorted(stopped.servers) == ["first", "second", "third"]
    assert all(process.poll() is not None for process in running)
    assert not layout.home.exists()


def test_a_strangers_process_is_not_stopped_by_a_folder_that_names_it(
    layout: Layout, start: Start, tmp_path: Path
) -> None:
    stranger = start(cwd=tmp_path)
    redis_folder(layout, "one", stranger)
    assert take_down(layout).servers == []
    assert stranger.poll() is None


@pytest.fixture
def unrecorded(
    layout: Layout, tmp_path_factory: pytest.TempPathFactory
) -> "Iterator[subprocess.Popen[bytes]]":
    """A process with the emulator's arguments, whose module of that name only sleeps."""
    place = tmp_path_factory.mktemp("elsewhere")
    module = place.joinpath(*LAUNCHER.split(".")).with_suffix(".py")
    module.parent.mkdir(parents=True)
    for package in (module.parent, module.parent.parent):
        (package / "__init__.py").write_text("")
    module.write_text(f"print(1, flush=True); {SLEEP}")
    with subprocess.Popen(  # noqa: S603  # our own Python
        [sys.executable, "-m", LAUNCHER, layout.state, "1"],
        cwd=place,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


@pytest.mark.parametrize("text", ["", "{}"])
def test_an_emulator_whose_record_is_none_is_found_by_its_arguments(
    layout: Layout, unrecorded: "subprocess.Popen[bytes]", text: str
) -> None:
    (layout.processes / "emulator.json").write_text(text)
    found = tier.emulator(layout)
    assert found is not None
    assert found.pid == unrecorded.pid
    other = Layout(state=layout.state / "another")
    assert not take_down(other).anything
    assert unrecorded.poll() is None
    assert take_down(layout).processes == [EMULATOR]
    assert not layout.home.exists()


def test_an_emulator_that_lives_and_is_silent_keeps_its_servers(
    layout: Layout, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(emulator, "START_SECONDS", 0.3)
    save_tier(layout, port=emulator.free_port())
    living = start(cwd=layout.state)
    Records(layout.processes).write(EMULATOR, living.pid)
    directory = redis_folder(layout, "one")
    server = start(cwd=directory)
    redis_folder(layout, "one", server)
    target = Target(environment="dev", region="us-east-1", recovery_region="us-west-2")
    with pytest.raises(EmulatorDied, match="does not answer"):
        bring_up(target, layout=layout, repository=repository_root(), console=Console(quiet=True))
    assert living.poll() is None
    assert server.poll() is None
    assert directory.is_dir()


def test_what_cannot_be_stopped_is_named_and_its_data_is_kept(
    layout: Layout, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel refuses to signal another account's process; here `os.kill` refuses for one."""
    processes = {name: start(cwd=redis_folder(layout, name)) for name in ("first", "second")}
    for name, process in processes.items():
        redis_folder(layout, name, process)
    kill = os.kill

    def refuse(pid: int, how: int) -> None:
        if pid == processes["first"].pid:
            raise PermissionError(errno.EPERM, "Operation not permitted")
        kill(pid, how)

    monkeypatch.setattr(os, "kill", refuse)
    stopped = take_down(layout)
    monkeypatch.undo()
    assert stopped.servers == ["second"]
    (left,) = stopped.left
    assert "first" in left
    assert "Operation not permitted" in left
    assert (layout.servers / "redis" / "us-east-1" / "first" / "server.json").is_file()

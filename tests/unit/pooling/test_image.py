"""What the image promises can be read off its Dockerfile: the pinned release, the account, what it copies."""

from __future__ import annotations

import ast
import json
import re
import tomllib

import pytest

from containers.pgbouncer.configuration import EMPTY_OPTION_SPINS
from containers.pgbouncer.version import Version
from stacks.settings.pooling import PoolingSettings
from tools.state import repository_root

ROOT = repository_root()
FOLDER = ROOT / "containers" / "pgbouncer"
DOCKERFILE = (FOLDER / "Dockerfile").read_text().replace("\\\n", " ")
LAST = DOCKERFILE.rpartition("\nFROM ")[2]
COPIED = ("lambdas/__init__.py", "lambdas/common", "containers/__init__.py", "containers/pgbouncer")


def instructions(word: str, text: str = DOCKERFILE) -> list[str]:
    """The arguments of every instruction of one kind."""
    return re.findall(rf"^{word} (.+)$", text, re.MULTILINE)


def argument(name: str) -> str:
    """The default of a build argument."""
    return next(value for value in instructions("ARG") if value.startswith(f"{name}=")).partition("=")[2]


def test_the_pinned_package_is_the_release_that_the_stacks_ask_for() -> None:
    minimum = PoolingSettings.model_fields["minimum_version"].default
    assert argument("MINIMUM") == minimum
    assert Version.parse(argument("PGBOUNCER").partition("-")[0]) >= Version.parse(minimum)
    assert "pgbouncer=${PGBOUNCER}" in LAST


def test_the_pinned_package_is_safe_from_strangers() -> None:
    assert Version.parse(argument("MINIMUM")) >= EMPTY_OPTION_SPINS[1]


def test_the_build_stops_at_an_older_release() -> None:
    (check,) = (json.loads(run) for run in instructions("RUN", LAST) if run.startswith("["))
    assert check[:2] == ["python3", "-c"]
    ast.parse(check[2])
    assert "v.require(v.of('pgbouncer'), v.Version.parse(os.environ['MINIMUM']))" in check[2]


def test_every_base_is_named_by_its_release() -> None:
    bases = [base.partition(" ")[0] for base in instructions("FROM")]
    assert set(bases) == {"${DEBIAN}"}
    assert re.fullmatch(r"debian:[a-z]+-slim", argument("DEBIAN"))
    assert "latest" not in DOCKERFILE


def test_the_task_runs_as_nobody_with_a_name_and_without_a_shell() -> None:
    (user,) = instructions("USER", LAST)
    assert all(int(number) >= 1000 for number in user.split(":"))
    (command,) = instructions("ENTRYPOINT", LAST)
    assert json.loads(command) == ["python3", "-m", "containers.pgbouncer"]
    assert LAST.index("USER ") > LAST.rindex("RUN ")
    assert not instructions("CMD")


def test_it_copies_what_it_runs_and_nothing_else() -> None:
    sources = [copy.split()[0] for copy in instructions("COPY") if not copy.startswith("--from")]
    assert sources[0] == "containers/pgbouncer/requirements.lock"
    assert tuple(sources[1:]) == COPIED
    assert all((ROOT / source).exists() for source in sources)


def test_a_build_by_hand_sends_what_is_copied_and_nothing_else() -> None:
    lines = (FOLDER / "Dockerfile.dockerignore").read_text().splitlines()
    assert lines[1] == "*"
    assert tuple(line[1:] for line in lines if line.startswith("!")) == COPIED


def test_python_packages_come_by_their_hashes_and_are_never_compiled() -> None:
    (install,) = (run for run in instructions("RUN") if "pip install" in run)
    assert "--require-hashes" in install
    assert "--only-binary=:all:" in install


def test_nothing_that_the_image_lacks_is_imported() -> None:
    lambdas = {path.parent.name for path in ROOT.glob("lambdas/*/__init__.py")} - {"common"}
    imported = {
        name
        for path in FOLDER.glob("*.py")
        for name in re.findall(r"^\s*(?:from|import) (lambdas\.\w+)", path.read_text(), re.MULTILINE)
    }
    assert imported == {"lambdas.common"}
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (contract,) = (found for found in contracts if found["source_modules"] == ["containers"])
    assert set(contract["forbidden_modules"]) == {f"lambdas.{name}" for name in lambdas}


@pytest.mark.parametrize("package", ["boto3", "psycopg"])
def test_the_lock_holds_what_the_code_imports(package: str) -> None:
    assert re.search(rf"^{package}==", (FOLDER / "requirements.lock").read_text(), re.MULTILINE)

"""What the backup's image promises can be read off its Dockerfile: releases, the account, what it copies."""

from __future__ import annotations

import ast
import json
import re
import tomllib

import pytest

from tools.state import repository_root

ROOT = repository_root()
FOLDER = ROOT / "containers" / "backup"
DOCKERFILE = (FOLDER / "Dockerfile").read_text().replace("\\\n", " ")
FIRST, _, LAST = DOCKERFILE.rpartition("\nFROM ")


def instructions(word: str, text: str = DOCKERFILE) -> list[str]:
    """The arguments of every instruction of one kind."""
    return re.findall(rf"^{word} (.+)$", text, re.MULTILINE)


def argument(name: str) -> str:
    """The default of a build argument."""
    return next(value for value in instructions("ARG") if value.startswith(f"{name}=")).partition("=")[2]


def copied() -> list[str]:
    """What comes from the repository, in order, but the lock."""
    sources = [copy.split()[0] for copy in instructions("COPY") if not copy.startswith("--from")]
    assert sources[0] == "containers/backup/requirements.lock"
    return sources[1:]


def test_postgresql_is_15_and_pinned() -> None:
    assert re.fullmatch(r"15\.\d+-\d+\+deb12u\d+", argument("POSTGRES"))
    assert "postgresql-15=${POSTGRES} postgresql-client-15=${POSTGRES}" in LAST


def test_every_base_is_named_by_its_release() -> None:
    bases = [base.partition(" ")[0] for base in instructions("FROM")]
    assert set(bases) == {"${DEBIAN}"}
    assert argument("DEBIAN") == "debian:bookworm-slim"
    assert "latest" not in DOCKERFILE


def test_it_has_the_locale_of_rds_and_no_cluster_of_the_package() -> None:
    (install,) = (run for run in instructions("RUN", LAST) if "apt-get install" in run)
    assert install.index("create_main_cluster = false") < install.index("apt-get install")
    assert install.index("en_US.UTF-8 UTF-8") < install.index("locale-gen")
    assert "snakeoil" in install


def test_the_task_runs_as_an_account_that_initdb_accepts_and_without_a_shell() -> None:
    (user,) = instructions("USER", LAST)
    assert user == "10001:10001"
    assert re.search(r"useradd --uid 10001 .*--shell /usr/sbin/nologin", LAST)
    (command,) = instructions("ENTRYPOINT", LAST)
    assert json.loads(command) == ["python3", "-m", "containers.backup"]
    assert LAST.index("\nUSER ") > LAST.rindex("\nRUN ")
    assert not instructions("CMD")


def test_the_scratch_folder_is_the_tasks_own_when_it_becomes_a_volume() -> None:
    assert "install -d -m 0700 -o 10001 -g 10001 /scratch" in LAST
    (volume,) = instructions("VOLUME", LAST)
    assert json.loads(volume) == ["/scratch"]
    assert LAST.index("install -d") < LAST.index("\nVOLUME ")


def test_a_build_by_hand_sends_what_is_copied_and_nothing_else() -> None:
    lines = (FOLDER / "Dockerfile.dockerignore").read_text().splitlines()
    assert lines[1] == "*"
    assert [line[1:] for line in lines if line.startswith("!")] == copied()
    assert all((ROOT / source).exists() for source in copied())


def test_whatever_it_copies_lies_where_the_repository_has_it() -> None:
    for copy in instructions("COPY", FIRST):
        source, target = copy.split()
        if source.startswith(("lambdas", "containers/__", "containers/backup ", "prisma")):
            folder = target.endswith("/")
            assert target == "/srv/" + (source.rpartition("/")[0] + "/" if folder else source)


def test_python_packages_come_by_their_hashes_and_are_never_compiled() -> None:
    (install,) = (run for run in instructions("RUN") if "pip install" in run)
    assert "--require-hashes" in install
    assert "--only-binary=:all:" in install


@pytest.mark.parametrize("package", ["boto3", "pgparse", "psycopg", "psycopg-binary", "zstandard"])
def test_the_lock_holds_what_the_code_imports(package: str) -> None:
    assert re.search(rf"^{package}==", (FOLDER / "requirements.lock").read_text(), re.MULTILINE)


def test_every_module_that_it_may_import_is_in_it() -> None:
    copies = [ROOT / source for source in copied()]
    seen: set[str] = set()
    waiting = [f"containers.backup.{path.stem}" for path in FOLDER.glob("*.py")]
    waiting += [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in FOLDER.rglob("*/*.py")]
    while waiting:
        module = waiting.pop()
        path = ROOT.joinpath(*module.split(".")).with_suffix(".py")
        if module in seen or not path.exists():
            continue
        seen.add(module)
        assert any(path == copy or copy in path.parents for copy in copies), module
        waiting += imported(path.read_text())
    assert "lambdas.bootstrap.migrations.run" in seen


def imported(text: str) -> list[str]:
    """Modules of the project that a module imports, also those imported late."""
    found: list[str] = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.module:
            found += [node.module, *(f"{node.module}.{name.name}" for name in node.names)]
        elif isinstance(node, ast.Import):
            found += [name.name for name in node.names]
    return [name for name in found if name.startswith(("lambdas.", "containers."))]


def test_only_the_drills_migrations_take_a_function_and_only_its_engine() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (contract,) = (found for found in contracts if found["source_modules"] == ["containers"])
    assert contract["ignore_imports"] == [
        "containers.backup.drill.pending -> lambdas.bootstrap.migrations.*",
        "containers.backup.drill.pending -> lambdas.bootstrap.roles.design",
    ]

"""A Lambda's package: the same bytes for the same inputs, its hash known without building it."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import jsii
import pytest
from aws_cdk import App, AssetHashType, AssetStaging, BundlingOptions, DockerImage, ILocalBundling, Stack

from stacks import bootstrap
from stacks.constructs.errors import BundlingError
from stacks.constructs.python_asset import PythonAsset
from stacks.constructs.python_bundling import UvBundling, build

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """Return a repository of one function that needs no package."""
    root = tmp_path / "repository"
    (root / "lambdas" / "greet").mkdir(parents=True)
    (root / "lambdas" / "greet" / "handler.py").write_text("def handler(event, context): ...\n")
    (root / "lambdas" / "greet" / "requirements.lock").write_text("# nothing\n")
    (root / "lambdas" / "ca.pem").write_text("theirs\n")
    return root


def asset(root: Path, **changes: object) -> PythonAsset:
    facts: dict[str, object] = {
        "root": root,
        "sources": ("lambdas",),
        "lock": "lambdas/greet/requirements.lock",
        "python": "3.14",
        "architecture": "arm64",
    }
    return PythonAsset(**{**facts, **changes})  # pyright: ignore[reportArgumentType]  a test's shorthand


def contents(folder: Path) -> dict[str, tuple[int, str]]:
    """Mode and hash of every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): (
            path.stat().st_mode & 0o777,
            hashlib.sha256(path.read_bytes()).hexdigest(),
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_hash_is_the_same_in_another_folder(sources: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(sources, tmp_path / "elsewhere")
    assert asset(copy).fingerprint() == asset(sources).fingerprint()


def test_the_hash_leaves_out_modes_and_what_python_and_editors_leave_behind(sources: Path) -> None:
    before = asset(sources).fingerprint()
    (sources / "lambdas" / "greet" / "handler.py").chmod(0o600)
    (sources / "lambdas" / "greet" / "__pycache__").mkdir()
    (sources / "lambdas" / "greet" / "__pycache__" / "handler.cpython-311.pyc").write_bytes(b"x")
    (sources / "lambdas" / ".DS_Store").write_bytes(b"x")
    assert asset(sources).fingerprint() == before


@pytest.mark.parametrize("name", ["lambdas/greet/handler.py", "lambdas/greet/requirements.lock"])
def test_the_hash_changes_with_every_source_and_with_the_lock(sources: Path, name: str) -> None:
    before = asset(sources).fingerprint()
    (sources / name).write_text("# changed\n")
    assert asset(sources).fingerprint() != before


def test_the_hash_changes_with_a_files_name(sources: Path) -> None:
    before = asset(sources).fingerprint()
    (sources / "lambdas" / "ca.pem").rename(sources / "lambdas" / "cb.pem")
    assert asset(sources).fingerprint() != before


@pytest.mark.parametrize("change", [{"python": "3.13"}, {"architecture": "x86_64"}])
def test_the_hash_changes_with_the_target(sources: Path, change: dict[str, str]) -> None:
    assert asset(sources, **change).fingerprint() != asset(sources).fingerprint()


def test_a_replaced_file_is_hashed_and_packed_in_the_others_place(sources: Path, tmp_path: Path) -> None:
    ours = tmp_path / "ours.pem"
    ours.write_text("ours\n")
    replaced = asset(sources, replacements={"lambdas/ca.pem": ours})
    assert replaced.fingerprint() != asset(sources).fingerprint()
    build(replaced, tmp_path / "package")
    assert (tmp_path / "package" / "lambdas" / "ca.pem").read_text() == "ours\n"


def test_the_bootstraps_package_is_byte_identical_when_built_again(tmp_path: Path) -> None:
    """Runs uv as `cdk synth` does; its cache answers, or else the package index."""
    it = asset(ROOT, sources=bootstrap.SOURCES, lock=bootstrap.LOCK)
    built: list[dict[str, tuple[int, str]]] = []
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        build(it, folder)
        built.append(contents(folder))
    assert built[0] == built[1]
    assert {mode for mode, _ in built[0].values()} == {0o644}
    names = built[0].keys()
    assert {"lambdas/__init__.py", "lambdas/common/certificates/rds.pem"} <= names
    assert any(name.startswith("prisma/migrations/") and name.endswith("/migration.sql") for name in names)
    assert any(name.endswith("aarch64-linux-gnu.so") for name in names)
    assert not any(name.endswith((".pyc", "/RECORD")) or name.startswith("bin/") for name in names)


@jsii.implements(ILocalBundling)
class Killed:
    """A build that stops in the middle, and has said where."""

    def __init__(self) -> None:
        self.folder = Path()

    def try_bundle(self, output_dir: str, *options: object, **named: object) -> bool:
        del options, named
        self.folder = Path(output_dir)
        (self.folder / "half").write_text("x")
        raise RuntimeError("killed")


def stage(it: PythonAsset, out: Path, bundling: object) -> Path:
    """Have CDK stage a package as for a Lambda; return the folder that would be uploaded."""
    stack = Stack(App(outdir=str(out), analytics_reporting=False), "stack")
    staged = AssetStaging(
        stack,
        "Package",
        source_path=str(it.root),
        asset_hash=it.fingerprint(),
        asset_hash_type=AssetHashType.CUSTOM,
        bundling=BundlingOptions(
            image=DockerImage.from_registry("unused"),
            local=bundling,  # pyright: ignore[reportArgumentType]  jsii's interfaces are by registration
        ),
    )
    return Path(staged.absolute_staged_path)


def test_a_build_that_is_killed_leaves_nothing_that_could_be_deployed(sources: Path, tmp_path: Path) -> None:
    it, out = asset(sources), tmp_path / "cdk.out"
    killed = Killed()
    with pytest.raises(RuntimeError, match="killed"):
        stage(it, out, killed)
    assert (killed.folder / "half").is_file()  # as a kill leaves it: nobody has cleaned up
    staged = stage(it, out, UvBundling(it))
    # CDK takes a folder of this name as finished; it must get the name by one rename, when it is.
    assert killed.folder == staged.with_name(f"{staged.name}-building")
    assert contents(staged).keys() == {
        "lambdas/ca.pem",
        "lambdas/greet/handler.py",
        "lambdas/greet/requirements.lock",
    }


def test_a_package_that_cannot_be_had_ends_in_one_message(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "empty-cache"))
    monkeypatch.setenv("UV_OFFLINE", "1")
    lock = sources / "lambdas" / "greet" / "requirements.lock"
    lock.write_text("psycopg==3.3.9 --hash=sha256:" + "0" * 64 + "\n")
    with pytest.raises(BundlingError, match=r"requirements\.lock.*Python 3\.14 on arm64.*cache") as caught:
        build(asset(sources), tmp_path / "package")
    assert "uv said" in str(caught.value)

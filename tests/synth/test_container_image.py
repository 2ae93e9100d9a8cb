"""The image of a container: what it is made from, and the hash that stands for it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from aws_cdk import App, Stack

from stacks.constructs.container_image import ContainerImage, sources

if TYPE_CHECKING:
    from tests.synth.template import Tier


ROOT = Path(__file__).resolve().parents[2]


def test_the_image_is_made_from_its_folder_and_what_it_shares(prod: Tier) -> None:
    assets = json.loads((prod.directory / "datatier-prod-pooling.assets.json").read_text("utf-8"))
    (image,) = assets["dockerImages"].values()
    folder = prod.directory / image["source"]["directory"]
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert image["source"]["dockerFile"] in found
    assert {"lambdas/__init__.py", "lambdas/common/certificates/rds.pem"} <= found
    allowed = sources("pgbouncer")
    assert all(any(path == it or path.startswith(f"{it}/") for it in allowed) for path in found)
    assert not any("__pycache__" in path or path.endswith(".pyc") for path in found)


def test_the_hash_of_the_image_is_the_same_in_another_folder_and_follows_its_sources(tmp_path: Path) -> None:
    def fingerprint(root: Path, name: str) -> str:
        stack = Stack(App(outdir=str(tmp_path / name), analytics_reporting=False), "stack")
        image = ContainerImage(stack, "Image", root=root, container="pgbouncer", architecture="arm64")
        return stack.resolve(image.uri)["Fn::Sub"].rpartition(":")[2]

    elsewhere = tmp_path / "elsewhere"
    ignore = shutil.ignore_patterns("__pycache__")
    for folder in ("lambdas", "containers"):
        shutil.copytree(ROOT / folder, elsewhere / folder, ignore=ignore)
    (elsewhere / "notes.txt").write_text("not of the image")
    (elsewhere / "containers" / "pgbouncer" / "__pycache__").mkdir()
    (elsewhere / "containers" / "pgbouncer" / "__pycache__" / "x.cpython-311.pyc").write_bytes(b"x")
    here = fingerprint(ROOT, "here")
    assert fingerprint(elsewhere, "there") == here
    (elsewhere / "containers" / "pgbouncer" / "version.py").write_text("# changed\n")
    assert fingerprint(elsewhere, "changed") != here

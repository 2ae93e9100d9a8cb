"""Fixtures of the emulated AWS by itself: one for each test process, and a toy that rotates secrets in it."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.integration.rehearsal.emulated_aws import EmulatedAws, emulated_aws
from tests.integration.rehearsal.toy_secret import ToySecret
from tools.state import state_directory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TOY = Path(__file__).with_name("toy_rotation.py")


@pytest.fixture(scope="session")
def aws() -> Iterator[EmulatedAws]:
    with emulated_aws(state_directory() / "emulators") as running:
        yield running


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folders in which the toy keeps its journals."""
    return tmp_path_factory.mktemp("toys")


@pytest.fixture(scope="session")
def toy(aws: EmulatedAws, places: Path) -> str:
    """The ARN of the toy function."""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("toy_rotation.py", TOY.read_text())
    return aws.functions.create_function(
        FunctionName="toy",
        Runtime="python3.13",
        Handler="toy_rotation.handler",
        Role=f"arn:aws:iam::{'0' * 12}:role/toy",
        Code={"ZipFile": package.getvalue()},
        Environment={"Variables": {"PLACE": str(places)}},
        Timeout=60,
    )["FunctionArn"]


@pytest.fixture(scope="session")
def toy_secret(aws: EmulatedAws, toy: str, places: Path) -> Callable[[], ToySecret]:
    """Make a secret that rotates by the toy."""
    return lambda: ToySecret.create(aws, function=toy, places=places)


@pytest.fixture
def secret(toy_secret: Callable[[], ToySecret]) -> ToySecret:
    return toy_secret()

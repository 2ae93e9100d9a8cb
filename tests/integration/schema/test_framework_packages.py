"""The Node Lambda that CDK puts before a custom resource finds what it asks for when it runs here."""

from __future__ import annotations

import re
import tarfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.integration.schema.seeding import ROOT

RUNTIME = "package/custom-resources/lib/provider-framework/runtime/"


@pytest.fixture(scope="module")
def required() -> set[str]:
    """Return the packages that the framework's files require, Node's own left out."""
    spec = find_spec("aws_cdk")  # found, not imported: that takes seconds
    assert spec is not None
    assert spec.origin is not None
    (archive,) = (Path(spec.origin).parent / "_jsii").glob("aws-cdk-lib@*.jsii.tgz")
    found: set[str] = set()
    with tarfile.open(archive) as package:
        for member in package:
            if member.name.startswith(RUNTIME) and member.name.endswith(".js"):
                source = package.extractfile(member)
                assert source is not None
                found |= set(re.findall(r'require\("(@[^"]+)"\)', source.read().decode()))
    return found


def test_every_package_that_the_framework_requires_is_installed(required: set[str]) -> None:
    assert required
    missing = {name for name in required if not (ROOT / "node_modules" / name / "package.json").exists()}
    assert missing == set()

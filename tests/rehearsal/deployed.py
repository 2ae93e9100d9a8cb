"""A tier of prod in a copy of the project, for tests that change its credentials and kill what runs in it."""

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.rehearsal.test_lifecycle import PLACE, PREFIX, Project, copy_project, sweep
from tools.access.cloud import Cloud
from tools.access.endpoints import Endpoints
from tools.rehearsal import clouds
from tools.rehearsal import tier as tiers
from tools.rehearsal.tier import Tier
from tools.rotation.credentials import CREDENTIALS

ENVIRONMENT = "prod"
CACHE_SECONDS = 2.0
TABLE = "CREATE TABLE load (id int);\n"


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """The tier that is up, as its applications find it."""

    project: Project
    tier: Tier
    cloud: Cloud

    @property
    def endpoints(self) -> Endpoints:
        return Endpoints(self.cloud)

    def client(self, service: str) -> Any:  # noqa: ANN401  boto3 types clients by literal names only
        session: Any = clouds.session(self.cloud.region)
        return session.client(service, endpoint_url=self.cloud.endpoint)

    def arn(self, name: str) -> str:
        return self.endpoints.parameter(CREDENTIALS[name])

    def reader(self, name: str) -> Callable[[], str]:
        secrets, arn = self.cloud.secrets(), self.arn(name)
        return lambda: secrets.get_secret_value(SecretId=arn)["SecretString"]

    def described(self, name: str) -> dict[str, Any]:
        return dict(self.cloud.secrets().describe_secret(SecretId=self.arn(name)))

    def spoil(self, name: str) -> str:
        """Put a document that names a server which nobody has: it cannot be rotated. Return the good one."""
        good = self.reader(name)()
        self.put(name, json.dumps({**json.loads(good), "host": "elsewhere.example"}))
        return good

    def put(self, name: str, document: str) -> None:
        """Put a value by hand, and wait as long as that counts as a change."""
        self.cloud.secrets().put_secret_value(SecretId=self.arn(name), SecretString=document)
        time.sleep(CACHE_SECONDS)


@pytest.fixture(scope="session")
def deployed() -> Iterator[Deployed]:
    """Return a tier of prod with a table that everybody works on."""
    sweep()
    project = copy_project(PLACE / f"{PREFIX}{os.getpid()}")
    try:
        yield deploy(project)
    finally:
        code, out, err = project.run("down")
        assert code == 0, f"{project.directory} is kept for what still runs in it\n{out}{err}"
        shutil.rmtree(project.directory)


def deploy(project: Project) -> Deployed:
    settings = project.directory / "environments" / f"{ENVIRONMENT}.toml"
    text = settings.read_text()
    assert "\n[rotation]\n" in text
    settings.write_text(
        text.replace("\n[rotation]\n", f"\n[rotation]\nclient_cache_seconds = {CACHE_SECONDS:.0f}\n")
    )
    folder = project.migration.parents[1] / "20991231000000_load"
    folder.mkdir()
    (folder / "migration.sql").write_text(TABLE)
    code, out, err = project.run("up", ENVIRONMENT)
    assert code == 0, out + err
    tier = tiers.read(project.layout)
    assert tier is not None
    return Deployed(
        project=project,
        tier=tier,
        cloud=Cloud(
            environment=ENVIRONMENT, region=tier.region, endpoint=tier.endpoint,
            authority=project.layout.authority / "ca.pem",
        ),
    )  # fmt: skip

"""The function's own package on the emulated AWS, with Secrets Manager's rule that a version is made once.

What docs/runbooks/pooling-certificates.md has a person call is called here.
"""

from __future__ import annotations

import io
import json
import platform
import secrets
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from stacks.constructs.python_asset import PythonAsset
from stacks.constructs.python_bundling import build
from tests.unit.issue_certificate.memory import verify
from tools.rehearsal.overlay import ARCHITECTURES
from tools.state import repository_root

if TYPE_CHECKING:
    from cryptography import x509

    from tests.integration.rehearsal.emulated_aws import EmulatedAws

from cryptography.x509 import load_pem_x509_certificate

SECRETS = ("authority", "certificate", "trust")
NAMES = ["127.9.8.7", "pool.example"]


@dataclass(frozen=True)
class Issuer:
    """The function, and the secrets that it was made with."""

    aws: EmulatedAws
    function: str
    arns: dict[str, str]

    def call(self, event: dict[str, object]) -> dict[str, Any]:
        """Invoke it as the AWS CLI does; what it raises comes back as an answer too."""
        answer = self.aws.functions.invoke(FunctionName=self.function, Payload=json.dumps(event).encode())
        return json.loads(answer["Payload"].read())

    def deploy(self, issue: str = "1") -> dict[str, Any]:
        return self.call(
            {"RequestType": "Update", "ResourceProperties": {"Names": NAMES, "Issue": issue}},
        )

    def text(self, name: str) -> dict[str, Any]:
        return json.loads(self.aws.secrets.get_secret_value(SecretId=self.arns[name])["SecretString"])

    def put(self, name: str, text: str) -> None:
        self.aws.secrets.put_secret_value(SecretId=self.arns[name], SecretString=text)

    def certificate(self) -> x509.Certificate:
        """The certificate that is current, verified with the bundle."""
        certificate = load_pem_x509_certificate(self.text("certificate")["certificate"].encode())
        verify(certificate, self.text("trust")["ca"], now=datetime.now(tz=UTC))
        return certificate


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The package as the stack has it built, for this machine."""
    folder = tmp_path_factory.mktemp("package")
    asset = PythonAsset(
        root=repository_root(),
        sources=("lambdas/__init__.py", "lambdas/common", "lambdas/issue_certificate"),
        lock="lambdas/issue_certificate/requirements.lock",
        python=f"{sys.version_info[0]}.{sys.version_info[1]}",
        architecture=ARCHITECTURES[platform.machine().lower()],
    )
    build(asset, folder)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder))
    return packed.getvalue()


@pytest.fixture
def issuer(aws: EmulatedAws, package: bytes) -> Issuer:
    """Return the function with secrets as the stack makes them, never called yet."""
    tier = f"datatier-{secrets.token_hex(4)}"
    arns = {
        name: aws.secrets.create_secret(Name=f"{tier}/pooler/{name}", SecretString="{}")["ARN"]
        for name in SECRETS
    }
    variables = {f"{name.upper()}_SECRET_ARN": arn for name, arn in arns.items()} | {
        "TRUST_PARAMETER": f"/{tier}/pooler/ca-bundle",
        "CERTIFICATE_DAYS": "90",
        "AUTHORITY_DAYS": "1825",
        "COMMON_NAME_PREFIX": tier,
    }
    function = aws.functions.create_function(
        FunctionName=f"{tier}-issuer",
        Runtime="python3.13",
        Handler="lambdas.issue_certificate.handler.handler",
        Role=f"arn:aws:iam::{'0' * 12}:role/issuer",
        Code={"ZipFile": package},
        Environment={"Variables": variables},
        Timeout=60,
    )["FunctionArn"]
    return Issuer(aws=aws, function=function, arns=arns)


def test_two_deployments_at_once_make_one_authority(issuer: Issuer) -> None:
    with ThreadPoolExecutor(max_workers=2) as both:
        calls = [both.submit(issuer.deploy) for _ in range(2)]
        answers = [call.result() for call in calls]
    assert [answer.get("Data") for answer in answers] == [{}, {}], answers
    assert issuer.certificate()
    assert len(issuer.text("authority")["authorities"]) == 1


def test_a_person_forces_a_new_certificate_and_a_new_authority(issuer: Issuer) -> None:
    issuer.deploy()
    first = issuer.certificate()
    assert issuer.call({"Force": "certificate"})["certificate"]["names"] == NAMES
    second = issuer.certificate()
    assert second.serial_number != first.serial_number
    told = issuer.call({"Force": "successor"})
    assert len(told["authorities"]) == 2
    assert told["certificate"]["authority"] == told["authorities"][0]["name"]
    assert issuer.certificate() == second
    told = issuer.call({"Force": "succession"})
    assert told["certificate"]["authority"] == told["authorities"][1]["name"]
    assert told["authorities"][0]["signs_from"] is None
    assert issuer.certificate().serial_number != second.serial_number
    assert issuer.call({})["certificate"] == told["certificate"]


def test_a_lost_or_broken_document_is_mended_as_the_runbook_says(issuer: Issuer) -> None:
    issuer.deploy()
    first, bundle = issuer.certificate(), issuer.text("trust")["ca"]
    issuer.put("trust", "hunter2")
    refused = issuer.call({})
    assert "Put {} in its place" in refused["errorMessage"]
    assert "hunter2" not in json.dumps(refused)
    issuer.put("trust", "{}")
    assert "authorities" in issuer.call({})
    assert issuer.text("trust")["ca"] == bundle
    issuer.put("certificate", "{}")
    assert "deploy the pooling stack" in issuer.call({})["errorMessage"]
    assert issuer.deploy()["Data"] == {}
    assert issuer.certificate() != first
    issuer.put("authority", "{}")
    told = issuer.call({})
    assert [one["signs_from"] is None for one in told["authorities"]] == [True, False]
    assert issuer.text("trust")["ca"].startswith(bundle)

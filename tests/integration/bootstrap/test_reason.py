"""Whatever fails, CloudFormation takes the answer in: CDK's own framework words it from what is raised."""

from __future__ import annotations

import json
import os
import subprocess
import tarfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from lambdas.bootstrap.reason import ANSWER_BYTES, REST, fit, fitting_reason
from lambdas.common.errors import DatatierError
from tests.integration.bootstrap.tier import RecordedLog

ROOT = Path(__file__).parents[3]
RUNTIME = "package/custom-resources/lib/provider-framework/runtime/"
PROGRAM = Path(__file__).with_name("framework_answer.cjs")
ACCOUNT = "123456789012"
# As long as names get: an environment of 16 letters, the longest region, a function's 64 characters.
EVENT = {
    "RequestType": "Update",
    "ResponseURL": "https://cloudformation-custom-resource-response.s3.amazonaws.com/answer",
    "StackId": f"arn:aws-us-gov:cloudformation:ap-southeast-99:{ACCOUNT}:stack/datatier-{'e' * 16}-bootstrap/"
    "0b1b6a3e-5c3c-4f8e-9f4c-0123456789ab",
    "RequestId": "0b1b6a3e-5c3c-4f8e-9f4c-0123456789ab",
    "LogicalResourceId": "Schema",
    "PhysicalResourceId": f"datatier-{'e' * 16}-bootstrap",
    "ResourceType": "Custom::DatatierBootstrap",
    "ResourceProperties": {"Environment": "e" * 16},
    "FunctionArn": f"arn:aws-us-gov:lambda:ap-southeast-99:{ACCOUNT}:function:{'f' * 64}",
    # What the first call has answered is sent again when a later one fails; a folder's name has 255 bytes.
    "Data": {"Latest": '"' * 255},
    "WaitingSince": 1_800_000_000,
}
MESSAGES = {
    "plain": "P3018: migration " + "a" * 100_000,
    "quotes": '"' * 50_000,
    "line breaks": "line\n" * 20_000,
    "control characters": "\x00\x1b" * 20_000,
    "accents": "\u00e9" * 50_000,
    "outside the basic plane": "\U0001f980" * 50_000,
    "half a character": "\udce9" * 50_000,
}


@pytest.fixture(scope="module")
def framework(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The framework's code where Node finds the packages that it asks for."""
    folder = tmp_path_factory.mktemp("framework")
    spec = find_spec("aws_cdk")  # found, not imported: that takes seconds
    assert spec is not None
    assert spec.origin is not None
    (archive,) = (Path(spec.origin).parent / "_jsii").glob("aws-cdk-lib@*.jsii.tgz")
    with tarfile.open(archive) as package:
        for member in package:
            if member.name.startswith(RUNTIME) and member.name.endswith(".js"):
                source = package.extractfile(member)
                assert source is not None
                (folder / Path(member.name).name).write_bytes(source.read())
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    return folder


def raised(message: str, log: RecordedLog | None = None) -> str:
    """Return what the Lambda service reports of a failure with this message: the error's own text."""
    with pytest.raises(DatatierError) as error, fitting_reason(log or RecordedLog()):
        raise DatatierError(message)
    return str(error.value)


def answer(framework: Path, entry: str, message: str) -> bytes:
    """Have the framework word the answer to CloudFormation."""
    trace = ['  File "/var/task/lambdas/bootstrap/handler.py", line 1, in handler\n'] * 40
    payload = {"errorMessage": message, "errorType": "DatatierError", "stackTrace": trace}
    return subprocess.run(  # noqa: S603  Node and the program beside this one
        ["node", PROGRAM, framework, entry],  # noqa: S607  the set-up's Node comes first
        input=json.dumps({"event": EVENT, "payload": payload}).encode(),
        env={"PATH": f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}"},
        capture_output=True,
        check=True,
    ).stdout


@pytest.mark.parametrize("entry", ["onEvent", "isComplete"])
@pytest.mark.parametrize("kind", MESSAGES)
def test_the_longest_answer_is_one_that_cloudformation_takes(framework: Path, entry: str, kind: str) -> None:
    body = answer(framework, entry, raised(MESSAGES[kind]))
    assert len(body) <= ANSWER_BYTES
    told: dict[str, Any] = json.loads(body)
    assert told["Status"] == "FAILED"
    # The framework's own stack is the first to go if it ever grows; what people read is the message.
    assert told["Reason"].startswith(f"Error: {fit(MESSAGES[kind])}")


def test_a_message_that_fits_is_left_as_it_is() -> None:
    log = RecordedLog()
    message = 'P3018: migration x failed at x/migration.sql:3:1: "caf\u00e9"\n  | SELEC\n'
    assert raised(message, log) == message
    assert log.lines == []


def test_a_message_that_is_cut_keeps_its_start_and_the_log_has_all_of_it() -> None:
    log = RecordedLog()
    message = "P3018: what matters" + "." * 10_000
    told = raised(message, log)
    assert told.startswith("P3018: what matters.")
    assert told.endswith(REST)
    assert message in log.text


@pytest.mark.parametrize("letter", ["a", '"', "\u00e9", "\U0001f980"])
def test_a_cut_leaves_no_room_unused(letter: str) -> None:
    size = len(json.dumps(fit(letter * 5_000, size=500), ensure_ascii=False).encode()) - 2
    assert 496 < size <= 500

"""The backup task's rights at work: a client of S3 with the template's role, under its bucket policy.

IAM, STS and S3 are moto's. moto decides by a statement's actions and resources and passes its conditions by,
so those of the bucket's policy are decided here, by the request that is under way.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, cast

import boto3
from moto import mock_aws
from moto.core import enable_iam_authentication
from moto.iam.access_control import IAMPolicy
from moto.s3.models import FakeBucket

from tests.synth.backups import HERE, bucket, bucket_policy, statements, text

if TYPE_CHECKING:
    from collections.abc import Generator

    import pytest
    from mypy_boto3_s3 import S3Client

    from tests.synth.template import Tier

REGION: Final = "us-east-1"
ROLE: Final = "TakeTaskRole"
RETENTION: Final = {"Mode": "GOVERNANCE", "Days": 30}


@dataclass
class Request:
    """What the conditions of the bucket's policy are asked of the request under way."""

    context: dict[str, str] = field(default_factory=dict[str, str])

    def note(self, *, request: Any, **_: object) -> None:  # noqa: ANN401  botocore's own, untyped
        """Take down a request that is about to be signed."""
        # An upload that is begun, and each of its parts, create no object; its completion does.
        creates = "?uploads" not in request.url and "partNumber=" not in request.url
        self.context = {
            "aws:SecureTransport": str(request.url.startswith("https:")).lower(),
            "aws:PrincipalAccount": text({"Ref": "AWS::AccountId"}),
            "aws:PrincipalIsAWSService": "false",
            "s3:ObjectCreationOperation": str(creates).lower(),
        }
        if "If-None-Match" in request.headers:
            self.context["s3:if-none-match"] = str(request.headers["If-None-Match"])

    def meets(self, conditions: dict[str, dict[str, str]]) -> bool:
        """Whether all of a statement's conditions hold, as IAM's reference has these four operators."""
        return all(
            self._holds(operator, key, wanted)
            for operator, values in conditions.items()
            for key, wanted in values.items()
        )

    def _holds(self, operator: str, key: str, wanted: str) -> bool:
        found = self.context.get(key)
        match operator:
            case "Null":
                return (found is None) == (wanted == "true")
            case "Bool":
                return found == wanted
            case "BoolIfExists":
                return found in (None, wanted)
            case "StringNotEquals":
                return found != wanted
            case _:
                raise NotImplementedError(operator)


@contextmanager
def as_the_task(prod: Tier, monkeypatch: pytest.MonkeyPatch) -> Generator[tuple[S3Client, str]]:
    """Yield a client of S3 that has the backup task's credentials, and the bucket's name."""
    template = prod.stack(HERE)
    name = text(bucket(template)["BucketName"])
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(variable, "administrator")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    request = Request()
    monkeypatch.setattr(FakeBucket, "get_permission", _deciding(request))
    with mock_aws():
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
        keep: Any = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": RETENTION}}
        s3.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration=keep)
        # The policy knows its bucket by an attribute.
        policy = _document(list(bucket_policy(template).values())).replace("deployed", f"arn:aws:s3:::{name}")
        s3.put_bucket_policy(Bucket=name, Policy=policy)
        login = _credentials(
            _document([it for it in statements(template, ROLE) if "s3:" in str(it["Action"])])
        )
        client = boto3.client("s3", **login)
        client.meta.events.register("before-sign.s3", request.note)
        with enable_iam_authentication():
            yield client, name


def _deciding(request: Request) -> Any:  # noqa: ANN401  a method of moto's
    def get_permission(self: FakeBucket, action: str, resource: str) -> Any:  # noqa: ANN401  moto's answer
        document: Any = json.loads(self.policy or b'{"Statement": []}')
        document["Statement"] = [
            {part: value for part, value in it.items() if part != "Condition"}
            for it in document["Statement"]
            if request.meets(it.get("Condition", {}))
        ]
        # S3 asks for the right to put, also where an upload is completed by POST.
        return IAMPolicy(json.dumps(document)).is_action_permitted(
            action.replace("PostObject", "PutObject"), resource
        )

    return get_permission


def _credentials(policy: str) -> dict[str, Any]:
    """Return what STS gives whoever takes the role with this policy."""
    iam, sts = boto3.client("iam"), boto3.client("sts")
    role = iam.create_role(RoleName="task", AssumeRolePolicyDocument=json.dumps({"Statement": []}))["Role"]
    arn = iam.create_policy(PolicyName="task", PolicyDocument=policy)["Policy"].get("Arn", "")
    iam.attach_role_policy(RoleName="task", PolicyArn=arn)
    given = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="task")["Credentials"]
    return {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }


def _document(found: list[dict[str, Any]]) -> str:
    """Write what a template says as a policy."""
    return json.dumps({"Version": "2012-10-17", "Statement": [_said(it) for it in found]})


def _said(value: Any) -> Any:  # noqa: ANN401  a template's value
    if isinstance(value, list):
        return [_said(it) for it in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    found = cast("dict[str, Any]", value)
    if "Ref" in found or "Fn::Join" in found or "Fn::GetAtt" in found:
        return text(found)
    return {key: _said(it) for key, it in found.items()}

"""A rotation function that keeps a journal of what it finds, and fails as often as it is told to.

Its place is $PLACE: a folder for each secret, in which a file named as a step holds how often it is to fail.
"""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import boto3

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

PENDING = "AWSPENDING"


def handler(event: dict[str, str], _context: object) -> None:
    """Do one step."""
    client = boto3.client("secretsmanager")
    arn, token, step = event["SecretId"], event["ClientRequestToken"], event["Step"]
    described = client.describe_secret(SecretId=arn)
    place = Path(os.environ["PLACE"]) / described["Name"]
    labels = described["VersionIdsToStages"].get(token, [])
    value = read(client, arn, token)
    found = {
        "step": step,
        "token": token,
        "labels": labels,
        "enabled": described["RotationEnabled"],
        "value": value,
    }
    with (place / "journal").open("a") as journal:
        journal.write(json.dumps(found) + "\n")
    fault = place / step
    if fault.exists() and (left := int(fault.read_text())):
        fault.write_text(str(left - 1))
        raise RuntimeError(f"{step} is told to fail")
    if step == "createSecret" and value is None:
        client.put_secret_value(
            SecretId=arn, ClientRequestToken=token, SecretString=f"value of {token}", VersionStages=[PENDING]
        )
    if step == "finishSecret" and "AWSCURRENT" not in labels:
        stages = described["VersionIdsToStages"]
        (current,) = (version for version, labels in stages.items() if "AWSCURRENT" in labels)
        client.update_secret_version_stage(
            SecretId=arn, VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=current
        )


def read(client: "SecretsManagerClient", arn: str, token: str) -> str | None:
    """The pending version's value, or None where there is none yet."""
    try:
        answer = client.get_secret_value(SecretId=arn, VersionId=token, VersionStage=PENDING)
    except client.exceptions.ResourceNotFoundException:
        return None
    return answer["SecretString"]

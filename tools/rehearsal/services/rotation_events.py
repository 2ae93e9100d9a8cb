"""What Secrets Manager tells of a rotation through CloudTrail, as EventBridge delivers it. Pure.

Source: Secrets Manager guide, "AWS CloudTrail entries for Secrets Manager", "Log entries for rotation". The
guide does not say how often a rotation with several attempts reports its failure; here it does so at its end.
"""

import json
import uuid
from datetime import datetime
from typing import Literal, TypeAlias

SERVICE = "secretsmanager.amazonaws.com"
SOURCE = "aws.secretsmanager"
DETAIL_TYPE = "AWS Service Event via CloudTrail"

EventName: TypeAlias = Literal[
    "RotationStarted",
    "RotationSucceeded",
    "RotationFailed",
    "RotationAbandoned",
    "TestRotationStarted",
    "TestRotationSucceeded",
    "TestRotationFailed",
]


def entry(
    name: EventName, *, arn: str, token: str, error: str | None, account: str, region: str, now: datetime
) -> dict[str, object]:
    """Return the event as an entry of PutEvents; `error` says which step failed and never why."""
    detail: dict[str, object] = {
        "eventVersion": "1.08",
        "userIdentity": {"accountId": account, "invokedBy": SERVICE},
        "eventTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": SERVICE,
        "eventName": name,
        "awsRegion": region,
        "sourceIPAddress": SERVICE,
        "userAgent": SERVICE,
        "requestParameters": None,
        "responseElements": None,
        "additionalEventData": {"SecretId": arn},
        "requestID": f"Rotation-{arn}-{token}",
        "eventID": str(uuid.uuid4()),
        "readOnly": False,
        "eventType": "AwsServiceEvent",
        "managementEvent": True,
        "recipientAccountId": account,
        "eventCategory": "Management",
    }
    if error:
        detail["errorMessage"] = error
    return {
        "Source": SOURCE,
        "DetailType": DETAIL_TYPE,
        "Detail": json.dumps(detail),
        "EventBusName": "default",
        "Resources": [],
    }

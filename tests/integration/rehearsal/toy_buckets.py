"""Two toy buckets in two regions, the one replicated to the other, as a template declares them."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from tests.integration.rehearsal.emulated_aws import RECOVERY_REGION, REGION, until
from tests.integration.rehearsal.toy_containers import resource
from tools.rehearsal.clouds import CONFIGURATION, session
from tools.rehearsal.overlay import ACCOUNT

if TYPE_CHECKING:
    from tests.integration.rehearsal.emulated_aws import EmulatedAws

KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-1111-1111-1111-111111111111"
REPLICA_KEY = f"arn:aws:kms:{RECOVERY_REGION}:{ACCOUNT}:key/22222222-2222-2222-2222-222222222222"
LOCKED_DAYS = 30


@dataclass(kw_only=True)
class ToyBuckets:
    """A bucket, and its replica in the recovery region."""

    aws: EmulatedAws
    name: str = field(default_factory=lambda: f"toy-{secrets.token_hex(4)}")

    @property
    def replica(self) -> str:
        """The replica's name."""
        return f"{self.name}-replica"

    def client(self, service: str, region: str = REGION) -> Any:  # noqa: ANN401  # boto3's client
        """A client in a region."""
        maker = cast("Any", session(region))
        return maker.client(service, endpoint_url=self.aws.tier.endpoint, config=CONFIGURATION)

    @property
    def source_s3(self) -> Any:  # noqa: ANN401  # boto3's client
        """S3, of the bucket's region."""
        return self.client("s3")

    @property
    def replica_s3(self) -> Any:  # noqa: ANN401  # boto3's client
        """S3, of the replica's region."""
        return self.client("s3", RECOVERY_REGION)

    def deploy(self, **more: object) -> None:
        """Deploy both, the replica first; `more` are changes of the bucket."""
        for region, name, bucket in (
            (RECOVERY_REGION, self.replica, self.replica_properties()),
            (REGION, self.name, self.source_properties() | more),
        ):
            status, reasons = self.stack(region, name, bucket)
            assert status.endswith("E_COMPLETE"), reasons
            assert "ROLLBACK" not in status, reasons

    def stack(self, region: str, name: str, bucket: dict[str, Any]) -> tuple[str, str]:
        """Create or update a stack with a bucket in it; return how it ended, and what failed."""
        policy = resource("AWS::S3::BucketPolicy", Bucket={"Ref": "Bucket"}, PolicyDocument=POLICY)
        return self.create(region, name, {"Bucket": resource("AWS::S3::Bucket", **bucket), "Policy": policy})

    def create(self, region: str, name: str, resources: dict[str, Any]) -> tuple[str, str]:
        """Create or update a stack in a region; return how it ended, and what failed."""
        stacks = self.client("cloudformation", region)
        template = json.dumps({"Resources": resources})
        known = {one["StackName"] for one in stacks.describe_stacks()["Stacks"]}
        make = stacks.update_stack if name in known else stacks.create_stack
        make(StackName=name, TemplateBody=template)

        def settled() -> str | None:
            status = stacks.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
            return None if status.endswith("IN_PROGRESS") else str(status)

        status = str(until(settled))
        events = stacks.describe_stack_events(StackName=name)["StackEvents"]
        return status, "\n".join(event.get("ResourceStatusReason", "") for event in events)

    def source_properties(self) -> dict[str, Any]:
        """The bucket."""
        return {
            **locked(self.name, KEY),
            "LoggingConfiguration": {"DestinationBucketName": "toy-logs", "LogFilePrefix": "toy/"},
            "LifecycleConfiguration": {"Rules": LIFECYCLE},
            "Tags": [{"Key": "toy", "Value": "yes"}],
            "ReplicationConfiguration": {
                "Role": f"arn:aws:iam::{ACCOUNT}:role/toy",
                "Rules": [
                    {
                        "Id": "everything",
                        "Priority": 1,
                        "Status": "Enabled",
                        "Filter": {"Prefix": ""},
                        "DeleteMarkerReplication": {"Status": "Disabled"},
                        "SourceSelectionCriteria": {"SseKmsEncryptedObjects": {"Status": "Enabled"}},
                        "Destination": {
                            "Bucket": f"arn:aws:s3:::{self.replica}",
                            "EncryptionConfiguration": {"ReplicaKmsKeyID": REPLICA_KEY},
                            "Metrics": {"Status": "Enabled", "EventThreshold": {"Minutes": 15}},
                            "ReplicationTime": {"Status": "Enabled", "Time": {"Minutes": 15}},
                        },
                    }
                ],
            },
        }

    def replica_properties(self) -> dict[str, Any]:
        """The replica."""
        return locked(self.replica, REPLICA_KEY)

    def put(self, key: str, body: bytes, **more: object) -> str:
        """Put an object as a backup does; return its version."""
        given = {"IfNoneMatch": "*", "ChecksumAlgorithm": "SHA256", **more}
        return str(self.source_s3.put_object(Bucket=self.name, Key=key, Body=body, **given)["VersionId"])

    def upload(self, key: str, parts: list[bytes]) -> str:
        """Upload an object in parts as a backup does; return its version."""
        s3, where = self.source_s3, {"Bucket": self.name, "Key": key}
        begun = s3.create_multipart_upload(**where, ChecksumAlgorithm="SHA256")["UploadId"]
        done = [
            s3.upload_part(**where, UploadId=begun, PartNumber=number, Body=part, ChecksumAlgorithm="SHA256")
            for number, part in enumerate(parts, 1)
        ]
        listed = [
            {"PartNumber": number, "ETag": one["ETag"], "ChecksumSHA256": one["ChecksumSHA256"]}
            for number, one in enumerate(done, 1)
        ]
        ended = s3.complete_multipart_upload(
            **where, UploadId=begun, MultipartUpload={"Parts": listed}, IfNoneMatch="*"
        )
        return str(ended["VersionId"])


POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": "*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ],
}
LIFECYCLE = [
    {
        "Id": "expire",
        "Status": "Enabled",
        "ExpirationInDays": 31,
        "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 2},
    }
]


def locked(name: str, key: str) -> dict[str, Any]:
    """A bucket that locks what is put into it."""
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    return {
        "BucketName": name,
        "ObjectLockEnabled": True,
        "ObjectLockConfiguration": {
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": LOCKED_DAYS}},
        },
        "VersioningConfiguration": {"Status": "Enabled"},
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [
                {"BucketKeyEnabled": True, "ServerSideEncryptionByDefault": default}
            ]
        },
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        "PublicAccessBlockConfiguration": dict.fromkeys(
            ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
        ),
    }

"""What copies the backups to the recovery region as they are written: S3, by a role of ours, in 15 minutes.

Never copies a deletion: a marker that an intruder leaves in one bucket hides nothing in the other. The
reports of drills stay where they are.
"""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.constructs.object_access import may_use_key
from stacks.constructs.recovery_place import RecoveryPlace
from stacks.constructs.service_role import ServiceRole
from stacks.constructs.tier_stack import TierStack
from stacks.naming import BACKUPS_PREFIX

RULE = "recovery"
MINUTES = 15
"""S3 takes no other number (Amazon S3, 'S3 Replication Time Control')."""


class Replication(Construct):
    """The role, and the configuration that a bucket is given."""

    def __init__(
        self, scope: TierStack, id_: str, *, bucket: str, key_arn: str, recovery: RecoveryPlace
    ) -> None:
        """Declare them; `bucket` is the name of the source, which is encrypted with `key_arn`."""
        super().__init__(scope, id_)
        source = f"arn:{scope.partition}:s3:::{bucket}"
        self.role = ServiceRole(
            self,
            "Role",
            # No condition on who asks: the guide's trust policy has none, and S3 promises none.
            service="s3.amazonaws.com",
            description=f"{scope.names.prefix}: copies backups to {recovery.region}",
            statements=[
                iam.PolicyStatement(
                    actions=["s3:GetReplicationConfiguration", "s3:ListBucket"], resources=[source]
                ),
                iam.PolicyStatement(
                    actions=[
                        "s3:GetObjectVersionForReplication",
                        "s3:GetObjectVersionAcl",
                        "s3:GetObjectVersionTagging",
                        # A copy is locked as its source is.
                        "s3:GetObjectRetention",
                        "s3:GetObjectLegalHold",
                    ],
                    resources=[f"{source}/{BACKUPS_PREFIX}*"],
                ),
                iam.PolicyStatement(
                    actions=["s3:ReplicateObject", "s3:ReplicateTags"],
                    resources=[f"{recovery.bucket_arn}/{BACKUPS_PREFIX}*"],
                ),
                may_use_key(scope, ["kms:Decrypt"], key_arn=key_arn, bucket_arn=source),
                # With a bucket key there, S3 asks for a data key too, and decrypts it to prove it (Amazon S3,
                # 'Reducing the cost of SSE-KMS with Amazon S3 Bucket Keys', on replication).
                recovery.may_use_key(["kms:Encrypt", "kms:GenerateDataKey", "kms:Decrypt"]),
            ],
        )
        self.configuration = _configuration(self.role.arn, recovery)


def _configuration(role_arn: str, recovery: RecoveryPlace) -> s3.CfnBucket.ReplicationConfigurationProperty:
    of = s3.CfnBucket
    in_time = of.ReplicationTimeValueProperty(minutes=MINUTES)
    return of.ReplicationConfigurationProperty(
        role=role_arn,
        rules=[
            of.ReplicationRuleProperty(
                id=RULE,
                status="Enabled",
                priority=1,
                filter=of.ReplicationRuleFilterProperty(prefix=BACKUPS_PREFIX),
                delete_marker_replication=of.DeleteMarkerReplicationProperty(status="Disabled"),
                source_selection_criteria=of.SourceSelectionCriteriaProperty(
                    sse_kms_encrypted_objects=of.SseKmsEncryptedObjectsProperty(status="Enabled")
                ),
                destination=of.ReplicationDestinationProperty(
                    bucket=recovery.bucket_arn,
                    encryption_configuration=of.EncryptionConfigurationProperty(
                        replica_kms_key_id=recovery.key_alias_arn
                    ),
                    replication_time=of.ReplicationTimeProperty(status="Enabled", time=in_time),
                    metrics=of.MetricsProperty(status="Enabled", event_threshold=in_time),
                ),
            )
        ],
    )

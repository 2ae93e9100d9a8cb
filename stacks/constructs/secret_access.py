"""Rights on secrets: to read, to write or to rotate them. Never on a secret that is not named by its ARN."""

from collections.abc import Sequence

from aws_cdk import aws_iam as iam

from stacks.constructs.tier_stack import TierStack


def may_read(stack: TierStack, *, secret_arns: Sequence[str], key_arn: str) -> list[iam.PolicyStatement]:
    """Read exactly these secrets, and decrypt with their key on no other way."""
    return [
        iam.PolicyStatement(actions=["secretsmanager:GetSecretValue"], resources=list(secret_arns)),
        _through_secrets_manager(stack, ["kms:Decrypt"], secret_arns=secret_arns, key_arn=key_arn),
    ]


def may_write(stack: TierStack, *, secret_arns: Sequence[str], key_arn: str) -> list[iam.PolicyStatement]:
    """Read exactly these secrets, and put new values into them."""
    return [
        iam.PolicyStatement(
            actions=[
                "secretsmanager:DescribeSecret",
                "secretsmanager:GetSecretValue",
                "secretsmanager:PutSecretValue",
            ],
            resources=list(secret_arns),
        ),
        _through_secrets_manager(
            stack, ["kms:Decrypt", "kms:GenerateDataKey"], secret_arns=secret_arns, key_arn=key_arn
        ),
    ]


def may_rotate(
    stack: TierStack, *, secret_arns: Sequence[str], key_arn: str, function_arn: str
) -> list[iam.PolicyStatement]:
    """Give exactly these secrets new versions, as long as it is `function_arn` that rotates them.

    The condition is the one of AWS's own rotation templates: whoever points a secret's schedule to another
    function takes this one's rights away.
    """
    return [
        iam.PolicyStatement(
            actions=[
                "secretsmanager:DescribeSecret",
                "secretsmanager:GetSecretValue",
                "secretsmanager:PutSecretValue",
                "secretsmanager:UpdateSecretVersionStage",
            ],
            resources=list(secret_arns),
            conditions={"StringEquals": {"secretsmanager:resource/AllowRotationLambdaArn": function_arn}},
        ),
        _through_secrets_manager(
            stack, ["kms:Decrypt", "kms:GenerateDataKey"], secret_arns=secret_arns, key_arn=key_arn
        ),
    ]


def _through_secrets_manager(
    stack: TierStack, actions: list[str], *, secret_arns: Sequence[str], key_arn: str
) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        actions=actions,
        resources=[key_arn],
        conditions={
            "StringEquals": {
                "kms:ViaService": f"secretsmanager.{stack.region}.amazonaws.com",
                "kms:EncryptionContext:SecretARN": list(secret_arns),
            }
        },
    )

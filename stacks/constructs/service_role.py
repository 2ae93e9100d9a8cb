"""A role that one AWS service assumes, for this account's resources only.

Its rights are a customer-managed policy, never an inline one: they can be listed, versioned and compared.
"""

from collections.abc import Mapping, Sequence

from aws_cdk import aws_iam as iam
from constructs import Construct


class ServiceRole(Construct):
    """A role, its policy, and nothing that CDK may add later."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        service: str,
        description: str,
        statements: Sequence[iam.PolicyStatement],
        conditions: Mapping[str, object] | None = None,
    ) -> None:
        """Declare the role.

        `conditions` narrow who may assume it, such as `{"StringEquals": {"aws:SourceAccount": …}}`; they keep
        another customer's resource from having the service act with this role (the confused deputy).
        """
        super().__init__(scope, id_)
        principal = iam.ServicePrincipal(service, conditions=conditions)
        role = iam.Role(
            self,
            "Role",
            assumed_by=principal,  # pyright: ignore[reportArgumentType]  jsii renames a parameter
            description=description,
        )
        self.policy = iam.ManagedPolicy(
            self,
            "Policy",
            roles=[role],  # pyright: ignore[reportArgumentType]  jsii renames a parameter
            statements=list(statements),
            description=description,
        )
        self.arn = role.role_arn
        # By reference, so that nothing adds a policy, nor a function a second dependency on the role.
        self.role = iam.Role.from_role_arn(self, "Reference", role.role_arn, mutable=False)

"""The security groups, which admit exactly the paths that are used. Never an address range, never every port.

    client    ──5432──▶ postgres      bootstrap           ──5432──▶ postgres
              ──6379──▶ redis                             ──443───▶ endpoints
              ──443───▶ endpoints     postgres_rotation   ──5432──▶ postgres
                                                          ──443───▶ endpoints
                                      redis_authenticator ──6379──▶ redis
                                                          ──443───▶ endpoints

Each path is a pair of rules: out of the one group and into the other. `endpoints` is a group of ours, or the
one that an existing VPC's endpoint wears.
"""

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from stacks.naming import HTTPS_PORT, POSTGRES_PORT, REDIS_PORT


class SecurityGroups(Construct):
    """One group for each kind of member of the network."""

    def __init__(
        self, scope: Construct, id_: str, *, vpc: ec2.IVpc, endpoints_group_id: str | None = None
    ) -> None:
        """Declare them; `endpoints_group_id` is the group of endpoints that are there already."""
        super().__init__(scope, id_)
        self._vpc = vpc
        self.client = self._group(
            "Client", "Worn by applications: may reach PostgreSQL, Redis, Secrets Manager"
        )
        self.postgres = self._group("Postgres", "PostgreSQL primary and replicas")
        self.redis = self._group("Redis", "Redis nodes")
        self.bootstrap = self._group(
            "Bootstrap", "Bootstrap Lambda: may reach PostgreSQL and Secrets Manager"
        )
        self.postgres_rotation = self._group(
            "RotatePostgres", "Rotation of PostgreSQL logins: may reach PostgreSQL and Secrets Manager"
        )
        self.redis_authenticator = self._group(
            "AuthenticateRedis", "Test of rotated Redis users: may reach Redis and Secrets Manager"
        )
        self.endpoints: ec2.ISecurityGroup = (
            ec2.SecurityGroup.from_security_group_id(self, "TheirEndpoints", endpoints_group_id)
            if endpoints_group_id
            else self._group("Endpoints", "Interface endpoints of AWS services")
        )
        for source in (self.client, self.bootstrap, self.postgres_rotation):
            self._path(source, self.postgres, POSTGRES_PORT, "PostgreSQL")
        for source in (self.client, self.redis_authenticator):
            self._path(source, self.redis, REDIS_PORT, "Redis")
        for source in (self.client, self.bootstrap, self.postgres_rotation, self.redis_authenticator):
            self._path(source, self.endpoints, HTTPS_PORT, "AWS service")

    def _group(self, id_: str, description: str) -> ec2.SecurityGroup:
        return ec2.SecurityGroup(self, id_, vpc=self._vpc, description=description, allow_all_outbound=False)

    @staticmethod
    def _path(source: ec2.SecurityGroup, target: ec2.ISecurityGroup, port: int, service: str) -> None:
        name = f"{source.node.id} to {service}"
        source.connections.allow_to(target, ec2.Port.tcp(port), name)

"""The security groups, which admit exactly the paths that are used. Never every port.

    client    ──5432──▶ postgres      bootstrap           ──5432──▶ postgres
              ──6379──▶ redis                             ──443───▶ endpoints
              ──443───▶ endpoints     postgres_rotation   ──5432──▶ postgres
                                                          ──443───▶ endpoints
                                      redis_authenticator ──6379──▶ redis
                                                          ──443───▶ endpoints

and where there are poolers:

    client            ──6432──▶ balancer ──6432, 8432──▶ pooler   ──5432──▶ postgres
    postgres_rotation ──6432───────────────────────────▶ pooler   ──443───▶ endpoints, and S3 for its image

and where backups are taken:

    backup ──5432──▶ postgres
           ──443───▶ endpoints, and S3 for its image and what it writes

Each path is a pair of rules: out of the one group and into the other. `endpoints` is a group of ours, or the
one that an existing VPC's endpoints wear. S3 has no group: it is a prefix list, or everything that the VPC's
routes lead to, which is S3's gateway where there is no way out.
"""

from dataclasses import dataclass

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from stacks.naming import HTTPS_PORT, POOLER_HEALTH_PORT, POOLER_PORT, POSTGRES_PORT, REDIS_PORT


@dataclass(frozen=True, kw_only=True)
class PoolerGroups:
    """What the balancer and the tasks behind it wear."""

    balancer: ec2.SecurityGroup
    tasks: ec2.SecurityGroup


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

    def add_poolers(self, *, s3_prefix_list_id: str | None) -> PoolerGroups:
        """Declare the poolers' groups and paths; without the prefix list, 443 is let out to everywhere."""
        groups = PoolerGroups(
            balancer=self._group("Balancer", "Balancer of the poolers: may reach the poolers"),
            tasks=self._group(
                "Pooler", "Poolers: may reach PostgreSQL, the endpoints of AWS services and S3"
            ),
        )
        self._path(self.client, groups.balancer, POOLER_PORT, "pooler")
        self._path(groups.balancer, groups.tasks, POOLER_PORT, "pooler")
        self._path(groups.balancer, groups.tasks, POOLER_HEALTH_PORT, "health")
        self._path(groups.tasks, self.postgres, POSTGRES_PORT, "PostgreSQL")
        self._path(groups.tasks, self.endpoints, HTTPS_PORT, "AWS service")
        self._path(self.postgres_rotation, groups.tasks, POOLER_PORT, "pooler")
        _to_s3(groups.tasks, s3_prefix_list_id, "Pooler to S3, where its image is")
        return groups

    def add_backup(self, *, s3_prefix_list_id: str | None) -> ec2.SecurityGroup:
        """Declare the backup's group and its paths; without the prefix list, 443 is let out to everywhere."""
        group = self._group(
            "Backup", "Backup task: may reach PostgreSQL, the endpoints of AWS services and S3"
        )
        self._path(group, self.postgres, POSTGRES_PORT, "PostgreSQL")
        self._path(group, self.endpoints, HTTPS_PORT, "AWS service")
        _to_s3(group, s3_prefix_list_id, "Backup to S3, where its image is and backups are")
        return group

    def _group(self, id_: str, description: str) -> ec2.SecurityGroup:
        return ec2.SecurityGroup(self, id_, vpc=self._vpc, description=description, allow_all_outbound=False)

    @staticmethod
    def _path(source: ec2.SecurityGroup, target: ec2.ISecurityGroup, port: int, service: str) -> None:
        name = f"{source.node.id} to {service}"
        source.connections.allow_to(target, ec2.Port.tcp(port), name)


def _to_s3(group: ec2.SecurityGroup, prefix_list_id: str | None, description: str) -> None:
    s3 = ec2.Peer.prefix_list(prefix_list_id) if prefix_list_id else ec2.Peer.any_ipv4()
    group.add_egress_rule(s3, ec2.Port.tcp(HTTPS_PORT), description)

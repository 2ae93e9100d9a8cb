"""AWS::ElastiCache::ReplicationGroup: a real Redis 7 for each node, TLS only, with the users of its groups.

The replicas follow the first node over TLS. Failover, snapshots and encryption at rest are kept, not proven.
"""

from dataclasses import replace
from typing import cast

from tools.rehearsal.errors import InvalidProperty
from tools.rehearsal.handlers import cache_parameters
from tools.rehearsal.handlers.cache_access import users_of
from tools.rehearsal.handlers.emulated import Emulated, Outcome, Request
from tools.rehearsal.properties import Properties
from tools.rehearsal.seams import CACHE_ATTRIBUTES, CACHE_GROUPS, Record
from tools.rehearsal.workshop import CacheGroup
from tools.servers.errors import ServerError
from tools.servers.redis import RedisServer


class CacheReplicationGroup(Emulated):
    """A Redis replication group with cluster mode off."""

    def create(self, request: Request, properties: Properties) -> Outcome:
        """Start the nodes and record the group under their real endpoints."""
        identifier = properties.text("ReplicationGroupId")
        if not identifier:
            raise InvalidProperty(f"{request.logical_id}: ReplicationGroupId is missing")
        if not properties.flag("TransitEncryptionEnabled"):
            raise InvalidProperty(
                f"{request.logical_id}: TransitEncryptionEnabled is off; only TLS runs here"
            )
        self.refuse_taken(CACHE_GROUPS, identifier)
        group = CacheGroup(
            parameter_group=properties.text("CacheParameterGroupName"),
            user_groups=properties.texts("UserGroupIds"),
            nodes=[f"{identifier}-{number:03d}" for number in range(1, self._size(request, properties) + 1)],
        )
        try:
            servers = self._start(group)
        except ServerError:
            self._destroy(group)  # as on ElastiCache: a group that could not be created is not there
            raise
        outcome = super().create(request, properties)
        self.workshop.region.cache_groups[identifier] = group
        self._rewrite_endpoints(identifier, servers)
        nodes = ", ".join(f"{server.host}:{server.port}" for server in servers)
        return replace(
            outcome,
            attributes=self._attributes(identifier),
            evidence=(f"started {len(servers)} Redis at {nodes}",),
        )

    def update(self, request: Request, physical_id: str, old: Properties, new: Properties) -> Outcome:
        """Change users and parameters on the running nodes; a change of their number is refused."""
        if self.replaces(physical_id, new.get("ReplicationGroupId"), old, new):
            return self.create(request, new)
        group = self.workshop.region.cache_groups[physical_id]
        if self._size(request, new) != len(group.nodes):
            raise InvalidProperty(
                f"{request.logical_id}: a running group of {len(group.nodes)} nodes cannot grow or shrink "
                "in a rehearsal: `datatier down`, then `datatier up`"
            )
        outcome = super().update(request, physical_id, old, new)
        group.user_groups = new.texts("UserGroupIds")
        parameter_group = new.text("CacheParameterGroupName")
        servers = [RedisServer.open(self.workshop.directory("redis", node)) for node in group.nodes]
        if parameter_group != group.parameter_group:
            for server in servers:
                server.apply_parameters(self._parameters(parameter_group, server.identifier))
            group.parameter_group = parameter_group
        with self.workshop.access:
            users = users_of(self.workshop, group.user_groups)
            for server in servers:
                server.set_users(users)
        self._rewrite_endpoints(physical_id, servers)
        for name in ("ReplicationGroupId", "TransitEncryptionEnabled"):
            new.honour(name)  # unchanged since the nodes were made by them
        return replace(
            outcome, attributes=self._attributes(physical_id), evidence=(f"kept {len(servers)} Redis nodes",)
        )

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Stop and remove the nodes."""
        group = self.workshop.region.cache_groups.pop(physical_id, None)
        if group:
            self._destroy(group)
        super().delete(physical_id, properties)

    def _size(self, request: Request, properties: Properties) -> int:
        if int(properties.text("NumNodeGroups", "1")) != 1:
            raise InvalidProperty(f"{request.logical_id}: NumNodeGroups: cluster mode is not rehearsed")
        replicas = properties.text("ReplicasPerNodeGroup")
        return int(replicas) + 1 if replicas else int(properties.text("NumCacheClusters", "1"))

    def _parameters(self, parameter_group: str, node: str) -> dict[str, str]:
        parameters = self.workshop.region.cache_parameters.get(parameter_group)
        if parameters is None:
            return {}
        self.workshop.took_effect(
            cache_parameters.TYPE, parameter_group, f"started {node} with it", "Properties"
        )
        return parameters

    def _start(self, group: CacheGroup) -> list[RedisServer]:
        self._destroy(group)
        users = users_of(self.workshop, group.user_groups)
        servers: list[RedisServer] = []
        for node in group.nodes:
            servers.append(
                RedisServer.create(
                    directory=self.workshop.directory("redis", node),
                    identifier=node,
                    users=users,
                    parameters=self._parameters(group.parameter_group, node),
                    authority=self.workshop.authority,
                    replica_of=servers[0] if servers else None,
                )
            )
        return servers

    def _destroy(self, group: CacheGroup) -> None:
        for node in group.nodes:
            directory = self.workshop.directory("redis", node)
            if (directory / "server.json").is_file():
                RedisServer.open(directory).destroy()

    def _rewrite_endpoints(self, identifier: str, servers: list[RedisServer]) -> None:
        record = self.workshop.emulator.store(CACHE_GROUPS)[identifier]
        endpoints: list[Record] = [{"Address": server.host, "Port": server.port} for server in servers]
        shard = cast("list[Record]", record["NodeGroups"])[0]
        shard["PrimaryEndpoint"] = endpoints[0]
        shard["ReaderEndpoint"] = endpoints[-1]
        for member, endpoint in zip(cast("list[Record]", shard["NodeGroupMembers"]), endpoints, strict=True):
            member["ReadEndpoint"] = endpoint

    def _attributes(self, identifier: str) -> dict[str, object]:
        return cast("dict[str, object]", self.workshop.emulator.call(CACHE_ATTRIBUTES, identifier))

"""AWS::ElastiCache::ParameterGroup: its values are in force on every Redis of the groups that use it.

Unlike ElastiCache, the node restarts to take changed values; its data is a cache.
"""

from tools.rehearsal.handlers.emulated import Emulated, Outcome, Request
from tools.rehearsal.properties import Properties
from tools.servers.redis import RedisServer

TYPE = "AWS::ElastiCache::ParameterGroup"


class CacheParameterGroup(Emulated):
    """A parameter group for Redis nodes."""

    def create(self, request: Request, properties: Properties) -> Outcome:
        """Keep the values for the nodes to come."""
        outcome = super().create(request, properties)
        self.workshop.region.cache_parameters[outcome.physical_id] = _values(properties)
        return outcome

    def update(self, request: Request, physical_id: str, old: Properties, new: Properties) -> Outcome:
        """Put changed values in force on every node that uses the group."""
        region = self.workshop.region
        for group in region.cache_groups.values():
            if group.parameter_group == physical_id:
                for node in group.nodes:
                    RedisServer.open(self.workshop.directory("redis", node)).apply_parameters(_values(new))
                    self.workshop.took_effect(TYPE, physical_id, f"restarted {node} with it", "Properties")
        region.cache_parameters[physical_id] = _values(new)
        return super().update(request, physical_id, old, new)


def _values(properties: Properties) -> dict[str, str]:
    values = properties.get("Properties")
    return {name: str(value) for name, value in values.items()} if isinstance(values, dict) else {}

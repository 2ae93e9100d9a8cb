"""Makes the running pooler known to these tests."""

from tests.plugins.pooler import pooled_replica, pooled_tier, poolers

__all__ = ["pooled_replica", "pooled_tier", "poolers"]

"""Everything that no single value can break: contradictions, and what AWS does not offer.

Each rule is a pure function of one environment; this package only puts them together.
"""

from stacks.settings.environment import Environment
from stacks.settings.rules.backup import BACKUP
from stacks.settings.rules.bootstrap import BOOTSTRAP
from stacks.settings.rules.finding import Finding, Rule
from stacks.settings.rules.offers import OFFERS
from stacks.settings.rules.place import PLACE
from stacks.settings.rules.pooling import POOLING
from stacks.settings.rules.postgres import POSTGRES
from stacks.settings.rules.protection import PROTECTION
from stacks.settings.rules.redis import REDIS
from stacks.settings.rules.rotation import ROTATION
from stacks.settings.rules.unbuilt import UNBUILT

RULES: tuple[Rule, ...] = (
    *PLACE,
    *POSTGRES,
    *REDIS,
    *BOOTSTRAP,
    *ROTATION,
    *POOLING,
    *BACKUP,
    *PROTECTION,
    *OFFERS,
    *UNBUILT,
)

__all__ = ["RULES", "Finding", "findings"]


def findings(environment: Environment) -> list[Finding]:
    """Return what every rule has to say about `environment`, in the order of the rules."""
    return [finding for rule in RULES for finding in rule(environment)]

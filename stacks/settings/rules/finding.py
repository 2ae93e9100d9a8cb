"""The shape of a rule's answer. Holds no rule."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from stacks.settings.environment import Environment


@dataclass(frozen=True)
class Finding:
    """A contradiction: `key` is the setting to change first, `reads` the others that take part, all dotted.

    A finding is dropped when one of its settings is refused by itself already: it would judge a stand-in.
    """

    key: str
    message: str
    reads: tuple[str, ...] = ()

    @property
    def keys(self) -> frozenset[str]:
        """Every setting that the rule looked at."""
        return frozenset((self.key, *self.reads))


Rule = Callable[[Environment], Iterable[Finding]]
"""A pure question about a whole environment."""

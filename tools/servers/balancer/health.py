"""Which targets are healthy and which one is next. Pure: it never asks a target or a clock.

Source: "Health checks for Network Load Balancer target groups": a new target serves once it has passed one
check, changes follow the thresholds, and a group without a healthy target sends to all (it fails open).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tools.servers.balancer.configuration import Check, Target

Standing: TypeAlias = Literal["initial", "healthy", "unhealthy"]


@dataclass(frozen=True, kw_only=True)
class Health:
    """A target's standing, and how many checks in a row have said otherwise since."""

    standing: Standing = "initial"
    against: int = 0
    reason: str = ""

    def after(self, failure: str | None, check: Check) -> Health:
        """Return the health after one more check, which failed by a reason or passed (None)."""
        if failure is None:
            needed = check.healthy if self.standing == "unhealthy" else 1
            return self._counted("healthy", needed, "")
        return self._counted("unhealthy", check.unhealthy, failure)

    def _counted(self, towards: Standing, needed: int, reason: str) -> Health:
        if self.standing == towards:
            return Health(standing=towards, reason=reason)
        against = self.against + 1 if self.standing != "initial" or towards == "unhealthy" else needed
        if against >= needed:
            return Health(standing=towards, reason=reason)
        return Health(standing=self.standing, against=against, reason=reason)


def eligible(targets: Sequence[Target], healths: Mapping[str, Health]) -> list[Target]:
    """Return the targets that may get a new connection: the healthy ones; without any, all."""
    open_ones = [target for target in targets if not target.draining]
    healthy = [one for one in open_ones if healths.get(one.name, Health()).standing == "healthy"]
    return healthy or open_ones


class RoundRobin:
    """Takes turns: whoever was chosen longest ago is next, so that a change of the list skips nobody."""

    def __init__(self) -> None:
        self._turn = 0
        self._last: dict[str, int] = {}

    def choose(self, targets: Sequence[Target]) -> Target | None:
        """Return the next target, None of none."""
        if not targets:
            return None
        chosen = min(targets, key=lambda target: (self._last.get(target.name, 0), target))
        self._turn += 1
        self._last[chosen.name] = self._turn
        return chosen


def accepts(codes: str, status: int) -> bool:
    """Tell whether a status is among codes such as `200`, `200-299` or `200,202`."""
    for part in codes.split(","):
        low, _, high = part.strip().partition("-")
        if int(low) <= status <= int(high or low):
            return True
    return False

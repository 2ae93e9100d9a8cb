"""What the `logs` column of an unfinished row says about its script, written and read here alone. Pure.

Prisma leaves that column empty while a script runs and writes an error there; the last line of ours is one of
two sentences, so that whoever comes next knows what is certain.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

ONE_TRANSACTION: Final = (
    "datatier: this script and this row's finished_at commit in one transaction. If the row is "
    "unfinished and no session holds the migration lock, nothing of the script is in the database."
)

_STEPS: Final = re.compile(
    r"^datatier: (?P<done>\d+) of (?P<total>\d+) steps are committed, sha256 (?P<digest>[0-9a-f]{64})"
    r"(?:; next is (?P<begun>\{.*\}))?$"
)

Facts = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A step that was begun outside any transaction: its text, and what the catalog said before it."""

    statement: str
    facts: Facts


@dataclass(frozen=True, kw_only=True)
class Steps:
    """How far a script came that is sent step by step.

    `done` of `total` steps are committed, and `digest` is the SHA-256 of the script's text up to there.
    `begun` is the next step where that was begun outside any transaction.
    """

    done: int
    total: int
    digest: str
    begun: Begun | None = None

    @property
    def begun_any(self) -> bool:
        """Whether anything of the script may be in the database."""
        return bool(self.done) or self.begun is not None

    def sentence(self) -> str:
        """The line that stands in `logs`."""
        begun = "" if self.begun is None else f"; next is {json.dumps(vars(self.begun), sort_keys=True)}"
        return f"datatier: {self.done} of {self.total} steps are committed, sha256 {self.digest}{begun}"


def left_nothing(logs: str | None) -> bool:
    """Whether an unfinished row proves that nothing of its script is in the database."""
    steps = steps_of(logs)
    return is_one_transaction(logs) if steps is None else not steps.begun_any


def is_one_transaction(logs: str | None) -> bool:
    """Whether an unfinished row proves that nothing of its script was kept."""
    return logs == ONE_TRANSACTION


def steps_of(logs: str | None) -> Steps | None:
    """How far the script of an unfinished row came; None where its row does not say."""
    lines = (logs or "").splitlines()
    found = _STEPS.match(lines[-1]) if lines else None
    if found is None:
        return None
    begun = None
    if found["begun"] is not None and (begun := _begun_of(found["begun"])) is None:
        return None
    return Steps(done=int(found["done"]), total=int(found["total"]), digest=found["digest"], begun=begun)


def _begun_of(text: str) -> Begun | None:
    try:
        document = cast("Mapping[str, object]", json.loads(text))
    except json.JSONDecodeError:
        return None
    statement, facts = document.get("statement"), document.get("facts")
    if not isinstance(statement, str) or not isinstance(facts, dict):
        return None
    return Begun(statement=statement, facts=cast("Facts", facts))

"""What is certain of a script before it runs: how it must be sent, and where its record goes.

Pure. It never guesses: what it cannot show to be one transaction is not.

A simple query of several statements is one implicit transaction (PostgreSQL 15 documentation, "Multiple
Statements in a Simple Query"), and the finishing UPDATE makes every script one of several. So CALL and DO
cannot commit inside either; only statements that steer transactions, that refuse them, and effects that no
rollback undoes, break it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from lambdas.bootstrap.migrations.errors import ScriptRefused, TransactionLeftOpen
from lambdas.bootstrap.migrations.history import Migration
from lambdas.bootstrap.migrations.lexer import Statement, split
from lambdas.bootstrap.migrations.location import locate
from lambdas.bootstrap.migrations.outside import refuses_transactions
from lambdas.bootstrap.migrations.policy import Policy

# Effects that stay although the transaction is rolled back.
_SURVIVES_ROLLBACK: Final = frozenset({
    "setval", "dblink", "dblink_exec", "dblink_send_query", "lo_export", "pg_logical_emit_message",
})  # fmt: skip

Steering = Literal["begin", "commit", "rollback", "other"]


@dataclass(frozen=True, kw_only=True)
class Form:
    """How a script must be sent and what is certain about it.

    `stepwise` says that it only works step by step, else it is sent whole. `doubt` is None when a failure or
    a kill provably leaves nothing of what was sent behind, else why that is not certain. `record_at` is the
    offset where the finishing UPDATE is inserted into a whole script, None for behind it. `unclosed` says
    that the script leaves a transaction open.
    """

    stepwise: bool
    doubt: str | None
    record_at: int | None
    unclosed: bool


def analyse(migration: Migration, policy: Policy) -> Form:
    """Judge one script.

    Raises:
        ScriptRefused: psql commands, or COPY with inline data: both need psql; or a quote that never ends.
        TransactionLeftOpen: a BEGIN without its COMMIT, unless the policy allows it.
    """
    script = migration.script
    steps: list[Steering] = []
    survivors: set[str] = set()
    outside = False
    last: Statement | None = None
    own_strings = "standard_conforming_strings" in script
    for last in split(script):
        _refuse_psql(last, script, migration)
        if last.unclosed is not None and not own_strings:
            raise _unclosed(last.unclosed, script, migration)
        survivors |= last.words & _SURVIVES_ROLLBACK
        step = steering(last)
        if step is not None:
            # Outside a block it undoes or keeps what stands before it, depending on how that was sent.
            steps.append("other" if step == "rollback" and not _open(steps) else step)
        elif not _open(steps) and refuses_transactions(last, script):
            outside = True
    unclosed = _open(steps)
    if unclosed and policy.open_transaction == "refuse":
        raise TransactionLeftOpen(
            f"{migration.file} leaves a transaction open: a BEGIN without its COMMIT. Add COMMIT at its end, "
            "or take BEGIN away: a script is one transaction by itself. Nothing was run.",
        )
    plain = "other" not in steps
    ends_in_commit = last is not None and steering(last) == "commit"
    one_block = steps in (["begin"], ["begin", "commit"]) and (unclosed or ends_in_commit)
    return Form(
        stepwise=plain and (outside or bool(steps and not one_block)),
        doubt=_doubt(survivors, plain=plain),
        record_at=last.start if one_block and not unclosed and last is not None else None,
        unclosed=unclosed,
    )


@dataclass(frozen=True, kw_only=True)
class Step:
    """A part of a script that is sent by itself: a statement, or a block from BEGIN to its end.

    Offsets `start` to `end` into the script; `record_at` is where its record goes: before a block's COMMIT,
    None for behind it. `outside` says that it refuses transactions, `open` that it lacks its COMMIT.
    """

    start: int
    end: int
    record_at: int | None = None
    block: bool = False
    outside: bool = False
    open: bool = False


def steps(script: str) -> Iterator[Step]:
    """The steps of a script whose form is stepwise."""
    begun: int | None = None
    end = 0
    for statement in split(script):
        end = statement.end
        step = steering(statement)
        if begun is None and step == "begin":
            begun = statement.start
        elif begun is not None and step in ("commit", "rollback"):
            record_at = statement.start if step == "commit" else None
            yield Step(start=begun, end=end, record_at=record_at, block=True)
            begun = None
        elif begun is None and step is None:
            yield Step(start=statement.start, end=end, outside=refuses_transactions(statement, script))
    if begun is not None:
        yield Step(start=begun, end=end, block=True, open=True)


def steering(statement: Statement) -> Steering | None:
    """How a statement steers transactions; None for not at all, or within one only."""
    first, second = (*statement.opening, "", "")[:2]
    chained = "chain" in statement.words and "no" not in statement.words
    if first == "begin" or (first, second) == ("start", "transaction"):
        return "begin"
    if first in ("commit", "end"):
        return "other" if second == "prepared" or chained else "commit"
    if first in ("rollback", "abort"):
        if "to" in statement.words:
            return None
        return "other" if second == "prepared" or chained else "rollback"
    return "other" if (first, second) == ("prepare", "transaction") else None


def _open(steps: list[Steering]) -> bool:
    """Whether a block is open behind these."""
    return bool(steps) and steps[-1] == "begin"


def _doubt(survivors: set[str], *, plain: bool) -> str | None:
    if survivors:
        return f"it uses {min(survivors)}, whose effect a rollback does not undo"
    if not plain:
        return "it chains or prepares transactions by itself"
    return None


def _unclosed(offset: int, script: str, migration: Migration) -> ScriptRefused:
    """The server would name the place where it gave up, which may be in the record behind the script."""
    where = locate(script, offset)
    return ScriptRefused(
        f"{migration.file}:{where.line}:{where.column}: a string, a quoted name or a dollar quote begins "
        f"here and never ends. Nothing was run.\n{where.excerpt}"
    )


def _refuse_psql(statement: Statement, script: str, migration: Migration) -> None:
    where = None
    if "\\" in statement.symbols:
        where = locate(script, statement.start)
        what = "a backslash command, which only psql understands. Write it in SQL."
    elif statement.opening[:1] == ("copy",) and {"stdin", "stdout"} & statement.words:
        where = locate(script, statement.start)
        what = "COPY with inline data, which only psql can send. Write its rows as an INSERT."
    else:
        return
    raise ScriptRefused(f"{migration.file}:{where.line}: {what}\n{where.excerpt}")

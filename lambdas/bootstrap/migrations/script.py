"""What is certain of a script before it runs: whether it is one transaction, and where its record goes.

Pure. It never guesses: what it cannot show to be one transaction is not.

A simple query of several statements is one implicit transaction (PostgreSQL 15 documentation, "Multiple
Statements in a Simple Query"), and the finishing UPDATE makes every script one of several. So CALL and DO
cannot commit inside either; only statements that steer transactions, and effects that no rollback undoes,
break it.
"""

from dataclasses import dataclass, replace
from typing import Final

from lambdas.bootstrap.migrations.errors import ScriptRefused
from lambdas.bootstrap.migrations.history import Migration
from lambdas.bootstrap.migrations.lexer import Statement, split
from lambdas.bootstrap.migrations.location import locate

# Effects that stay although the transaction is rolled back.
_SURVIVES_ROLLBACK: Final = frozenset({
    "setval", "dblink", "dblink_exec", "dblink_send_query", "lo_export", "pg_logical_emit_message",
})  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Form:
    """How a script must be sent and what is certain about it.

    `doubt` is None when a failure or a kill provably leaves nothing behind, else why that is not certain.
    `record_at` is the offset where the finishing UPDATE is inserted, None for behind the script.
    `alone` says that its only statement refuses to run in a transaction, so the record cannot ride with it:
    the server says so when it is tried, see `outside_transactions`.
    """

    statements: tuple[Statement, ...]
    doubt: str | None
    record_at: int | None
    alone: bool = False


def analyse(migration: Migration) -> Form:
    """Judge one script.

    Raises:
        ScriptRefused: psql commands, or COPY with inline data: both need psql.
    """
    statements = split(migration.script)
    for statement in statements:
        _refuse_psql(statement, migration)
    steering = [(statement, step) for statement in statements if (step := _step(statement.words)) is not None]
    steps = [step for _, step in steering]
    open_at_end = _open_before_last(steps)
    record_at = None
    if steering and steering[-1][0] is statements[-1] and steps[-1] == "commit" and open_at_end:
        record_at = statements[-1].start
    return Form(
        statements=statements,
        doubt=_doubt(statements, steps=steps, wrapped=record_at is not None),
        record_at=record_at,
    )


def outside_transactions(form: Form) -> Form:
    """The form of a script whose only statement the server refused inside a transaction."""
    return replace(form, doubt="its statement runs outside any transaction", record_at=None, alone=True)


def _doubt(statements: tuple[Statement, ...], *, steps: list[str], wrapped: bool) -> str | None:
    survivors = sorted({word for statement in statements for word in statement.words} & _SURVIVES_ROLLBACK)
    if survivors:
        return f"it uses {survivors[0]}, whose effect a rollback does not undo"
    unclosed = steps == ["begin"]
    if steps and not unclosed and not (wrapped and steps == ["begin", "commit"]):
        return "it commits or rolls back by itself, other than in one BEGIN … COMMIT around everything"
    return None


def _step(words: tuple[str, ...]) -> str | None:
    """begin, commit, rollback, or other for every further way to steer a transaction; None for none."""
    first, second = (*words, "", "")[:2]
    chained = "chain" in words and "no" not in words
    if first == "begin" or (first, second) == ("start", "transaction"):
        return "begin"
    if first in ("commit", "end"):
        return "other" if second == "prepared" or chained else "commit"
    if first in ("rollback", "abort"):
        if "to" in words:
            return None
        return "other" if second == "prepared" or chained else "rollback"
    return "other" if (first, second) == ("prepare", "transaction") else None


def _open_before_last(steps: list[str]) -> bool:
    """Whether a block is open where the last of the steps stands."""
    opened = False
    for step in steps[:-1]:
        opened = step in ("begin", "other")
    return opened


def _refuse_psql(statement: Statement, migration: Migration) -> None:
    where = locate(migration.script, statement.start)
    if "\\" in statement.symbols:
        raise ScriptRefused(
            f"{migration.file}:{where.line}: a backslash command, which only psql understands. "
            f"Write it in SQL.\n{where.excerpt}",
        )
    if statement.words[:1] == ("copy",) and {"stdin", "stdout"} & set(statement.words):
        raise ScriptRefused(
            f"{migration.file}:{where.line}: COPY with inline data, which only psql can send. "
            f"Write its rows as an INSERT.\n{where.excerpt}",
        )

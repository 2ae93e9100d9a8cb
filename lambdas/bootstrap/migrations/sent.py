"""A part of a script as it goes to the server, with its record put in, and the way back to the file. Pure."""

from dataclasses import dataclass
from typing import Final

from lambdas.bootstrap.migrations.history import Migration
from lambdas.bootstrap.migrations.lexer import split
from lambdas.bootstrap.migrations.location import Location, locate
from lambdas.bootstrap.migrations.simple_query import Refusal

_NO_ROW: Final = "datatier: the row of this migration is not as this run left it"


@dataclass(frozen=True, kw_only=True)
class Sent:
    """The characters `start` to `end` of a migration's script, and the record that rides with them.

    `record` is put in at the offset `record_at` of the script, or behind everything where that is None;
    `commits` adds the COMMIT that the part lacks. A CALL or DO that commits by itself gets `first` too: the
    record that is committed before it begins.
    """

    migration: Migration
    script: str
    start: int = 0
    end: int
    record: str = ""
    record_at: int | None = None
    commits: bool = False
    first: str = ""

    @property
    def query(self) -> bytes:
        """What is sent; of a large script no copy but this one outlives the call."""
        return self.text.encode()

    @property
    def text(self) -> str:
        """The same, for people and tests."""
        if self.first:
            return _between_records(self.first, self.script[self.start : self.end], self.record)
        if self.record_at is not None:
            before, behind = self.script[self.start : self.record_at], self.script[self.record_at : self.end]
            return f"{before}{self.inserted}{behind}"
        return f"{self.script[self.start : self.end]}{self.inserted}"

    @property
    def inserted(self) -> str:
        """The record as it stands in what is sent."""
        if not self.record:
            return ""
        if self.record_at is not None:
            return f"{_guarded(self.record)};\n"
        # The newline ends a comment that the script may end with.
        return f"\n;{_guarded(self.record)}{';COMMIT' if self.commits else ''}"

    def place(self, refusal: Refusal, *, completed: int) -> Location:
        """Where in the file: the server's position if it gave one, else the statement that it stopped at."""
        if refusal.position is not None:
            offset = self.start + refusal.position - 1
            if self.record_at is not None and offset >= self.record_at:
                offset = max(self.record_at, offset - len(self.inserted))
            return locate(self.script, min(offset, self.end))
        at = self.start
        for number, statement in enumerate(split(self.script[self.start : self.end])):
            at = self.start + statement.start
            if number == completed:
                break
        return locate(self.script, at)


def met_no_row(refusal: Refusal) -> bool:
    """Whether it was the record that failed, for want of the row as this run left it."""
    return _NO_ROW in refusal.message


def _guarded(record: str) -> str:
    """A record that takes its transaction back where it meets no row: nothing is kept that is not recorded.

    The text is no number; only where it has to be read as one does it end the transaction.
    """
    return (
        f"WITH recorded AS ({record} RETURNING 1) "  # noqa: S608  its values are quoted already
        f"SELECT (CASE WHEN EXISTS (SELECT FROM recorded) THEN '1' ELSE '{_NO_ROW}' END)::pg_catalog.int4"
    )


def _between_records(first: str, statement: str, record: str) -> str:
    """A CALL or DO that commits by itself, so that its last transaction is that of its record.

    A DO at the top may commit, and so may what it calls directly (PostgreSQL 15 documentation, "Transaction
    Management" of PL/pgSQL). The server runs it to its end whatever becomes of the client.
    """
    lost = f"IF NOT FOUND THEN RAISE '{_NO_ROW}'; END IF;"
    body = f"BEGIN {first}; {lost} COMMIT;\n{statement};\n{record}; {lost} END"
    tag = "$datatier$"
    while tag in body:
        tag = f"{tag[:-1]}_$"
    return f"DO {tag}{body}{tag}"

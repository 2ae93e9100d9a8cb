"""Splits a script into its top-level statements the way the server's scanner sees it, without judging syntax.

It exists to answer three questions: where a statement stands in the file, whether a script steers
transactions, and where its last statement begins. It never changes a script. Rules: PostgreSQL 15
documentation, "Lexical Structure", and psql's scanner for parentheses and `BEGIN ATOMIC` bodies.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = re.compile(
    r"""
      (?P<space>\s+)
    | (?P<line_comment>--[^\r\n]*)
    | (?P<block_comment>/\*)
    | (?P<dollar>\$(?:[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_\x80-\U0010ffff]*)?\$)
    | (?P<escape_string>[eE]')
    | (?P<string>(?:[bBxXnN]|[uU]&)?')
    | (?P<identifier>(?:[uU]&)?")
    | (?P<word>[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_$\x80-\U0010ffff]*)
    | (?P<number>\d[\w.]*|\$\d+)
    | (?P<end>;)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE: Final = re.compile(r"/\*|\*/")
_ESCAPED: Final = r"[^'\\]*(?:(?:\\.|'')[^'\\]*)*'"
# A string goes on in the next line's quotes, and keeps its backslash rules there.
_ESCAPED_STRING_END: Final = re.compile(
    rf"{_ESCAPED}(?:(?:[ \t\f\v]|--[^\r\n]*)*[\r\n](?:\s|--[^\r\n]*[\r\n])*'{_ESCAPED})*", re.DOTALL
)
_QUOTED_END: Final = {
    "string": re.compile(r"[^']*(?:''[^']*)*'"),
    "identifier": re.compile(r'[^"]*(?:""[^"]*)*"'),
}


_OPENING_WORDS: Final = 4


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement: character offsets `start` to `end` (its semicolon excluded) and its bare words, lowered.

    Words are keywords and unquoted names outside strings, comments and quoted names: `opening` holds the
    first of them in order, `words` every one once. `symbols` holds single characters that are none of those,
    such as a backslash that psql would read as a command. `unclosed` is where a string, a quoted name or a
    dollar quote begins that never ends.
    """

    start: int
    end: int
    opening: tuple[str, ...]
    words: frozenset[str]
    symbols: frozenset[str]
    unclosed: int | None = None


@dataclass
class _Open:
    """The statement being read."""

    start: int = -1
    depth: int = 0
    atomic: int = 0
    unclosed: int | None = None

    def __post_init__(self) -> None:
        self.opening: list[str] = []
        self.words: set[str] = set()
        self.symbols: set[str] = set()
        self._previous = ""

    def word(self, word: str) -> None:
        """Follow `BEGIN ATOMIC … END` bodies of functions: their semicolons end nothing."""
        if self.atomic and self._previous not in (".", "as"):
            self.atomic += {"case": 1, "end": -1}.get(word, 0)
        elif (
            not self.atomic and word == "atomic" and self._previous == "begin" and self.opening[0] == "create"
        ):
            self.atomic = 1
        if len(self.opening) < _OPENING_WORDS:
            self.opening.append(word)
        self.words.add(word)
        self._previous = word

    def symbol(self, character: str) -> None:
        """Follow parentheses: their semicolons end nothing either."""
        self.depth = max(0, self.depth + {"(": 1, ")": -1}.get(character, 0))
        self.symbols.add(character)
        self._previous = character

    def pause(self) -> None:
        """Remember that something else stands between two words."""
        self._previous = ""

    def closed(self, end: int) -> Statement:
        """The statement that has been read."""
        return Statement(
            start=self.start,
            end=end,
            opening=tuple(self.opening),
            words=frozenset(self.words),
            symbols=frozenset(self.symbols),
            unclosed=self.unclosed,
        )


def split(text: str) -> Iterator[Statement]:
    """The non-empty statements of a script; an unterminated string or comment reaches to its end."""
    current = _Open()
    position = 0
    last = 0
    while (token := _TOKEN.match(text, position)) is not None:
        kind = token.lastgroup or ""
        end = token.end() if kind not in _SKIPS else _skip(text, kind, token)
        position = len(text) if end is None else end
        if kind in ("space", "line_comment", "block_comment"):
            continue
        if kind == "end" and not current.depth and not current.atomic:
            if current.start >= 0:
                yield current.closed(last)
            current = _Open()
            continue
        if current.start < 0:
            current.start = token.start()
        last = position
        if end is None:
            current.unclosed = token.start()
        if kind == "word":
            current.word(token.group().lower())
        elif kind == "other":
            current.symbol(token.group())
        else:
            current.pause()
    if current.start >= 0:
        yield current.closed(last)


_SKIPS: Final = frozenset({"block_comment", "dollar", "escape_string", "string", "identifier"})


def _skip(text: str, kind: str, token: re.Match[str]) -> int | None:
    """The offset behind a comment, string or quoted name that begins with `token`; None if it has no end."""
    start = token.end()
    if kind == "block_comment":
        return _comment_end(text, start)
    if kind == "dollar":
        end = text.find(token.group(), start)
        return None if end < 0 else end + len(token.group())
    pattern = _ESCAPED_STRING_END if kind == "escape_string" else _QUOTED_END[kind]
    match = pattern.match(text, start)
    return None if match is None else match.end()


def _comment_end(text: str, position: int) -> int:
    """Block comments nest."""
    depth = 1
    while depth:
        edge = _COMMENT_EDGE.search(text, position)
        if edge is None:
            return len(text)
        depth += 1 if edge.group() == "/*" else -1
        position = edge.end()
    return position

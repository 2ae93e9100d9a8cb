"""Splits a script into its top-level statements the way the server's scanner sees it, without judging syntax.

It exists to answer three questions: where a statement stands in the file, whether a script steers
transactions, and where its last statement begins. It never changes a script. Rules: PostgreSQL 15
documentation, "Lexical Structure", and psql's scanner for parentheses and `BEGIN ATOMIC` bodies.
"""

import re
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
    rf"{_ESCAPED}(?:[ \t\f\v]*[\r\n](?:\s|--[^\r\n]*[\r\n])*'{_ESCAPED})*", re.DOTALL
)
_QUOTED_END: Final = {
    "string": re.compile(r"[^']*(?:''[^']*)*'"),
    "identifier": re.compile(r'[^"]*(?:""[^"]*)*"'),
}


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement: character offsets `start` to `end` (its semicolon excluded) and its bare words, lowered.

    `words` holds keywords and unquoted names outside strings, comments and quoted names. `symbols` holds
    single characters that are none of those, such as a backslash that psql would read as a command.
    """

    start: int
    end: int
    words: tuple[str, ...]
    symbols: frozenset[str]


@dataclass
class _Open:
    """The statement being read."""

    start: int = -1
    depth: int = 0
    atomic: int = 0

    def __post_init__(self) -> None:
        self.words: list[str] = []
        self.symbols: set[str] = set()

    def word(self, word: str) -> None:
        """Follow `BEGIN ATOMIC … END` bodies of functions: their semicolons end nothing."""
        if self.atomic:
            self.atomic += {"case": 1, "end": -1}.get(word, 0)
        elif word == "atomic" and self.words[-1:] == ["begin"] and self.words[:1] == ["create"]:
            self.atomic = 1
        self.words.append(word)


def split(text: str) -> tuple[Statement, ...]:
    """The non-empty statements of a script; an unterminated string or comment reaches to its end."""
    found: list[Statement] = []
    current = _Open()
    position = 0
    last = 0

    def close(end: int) -> None:
        if current.start >= 0:
            found.append(
                Statement(
                    start=current.start,
                    end=end,
                    words=tuple(current.words),
                    symbols=frozenset(current.symbols),
                ),
            )

    while (token := _TOKEN.match(text, position)) is not None:
        kind = token.lastgroup or ""
        position = token.end() if kind not in _SKIPS else _skip(text, kind, token)
        if kind in ("space", "line_comment", "block_comment"):
            continue
        if kind == "end" and not current.depth and not current.atomic:
            close(last)
            current = _Open()
            continue
        if current.start < 0:
            current.start = token.start()
        last = position
        if kind == "word":
            current.word(token.group().lower())
        elif kind == "other":
            character = token.group()
            current.depth = max(0, current.depth + {"(": 1, ")": -1}.get(character, 0))
            current.symbols.add(character)
    close(last)
    return tuple(found)


_SKIPS: Final = frozenset({"block_comment", "dollar", "escape_string", "string", "identifier"})


def _skip(text: str, kind: str, token: re.Match[str]) -> int:
    """The offset behind a comment, string or quoted name that begins with `token`."""
    start = token.end()
    if kind == "block_comment":
        return _comment_end(text, start)
    if kind == "dollar":
        end = text.find(token.group(), start)
        return len(text) if end < 0 else end + len(token.group())
    pattern = _ESCAPED_STRING_END if kind == "escape_string" else _QUOTED_END[kind]
    match = pattern.match(text, start)
    return len(text) if match is None else match.end()


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

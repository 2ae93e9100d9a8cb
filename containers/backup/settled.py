"""The settled form of a definition that PostgreSQL has deparsed: what it becomes once it is read again. Pure.

PostgreSQL's text of an expression is not what the same expression has after a dump and a restore: reading it
again flattens what the parser had nested. A varchar column's `IN ('a', 'b')` is first
`ANY ((ARRAY['a'::character varying, …])::text[])` and then `ANY (ARRAY[('a'::character varying)::text, …])`;
`a BETWEEN 1 AND 5 AND b > 0` is first `(((a >= 1) AND (a <= 5)) AND (b > 0))` and then
`((a >= 1) AND (a <= 5) AND (b > 0))`.
"""

# Why not the restored database itself, which could read the backup's text again and tell what it becomes:
# that takes DDL (a check, an index, a policy, a trigger, a domain, each on a copy of its table), which a
# comparison that changes nothing may not do, and a login that is no owner could not. Why not the text without
# its parentheses and casts: `(a OR b) AND c` and `a OR (b AND c)` would be the same then. So the two steps
# that PostgreSQL takes are taken, and no other.

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = re.compile(
    r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$|\w+|\s+|::|.""", re.DOTALL
)
_CLOSES: Final = {"(": ")", "[": "]"}
_JOINING: Final = ("AND", "OR")
_CAST: Final = "::"


@dataclass(frozen=True, kw_only=True)
class _Part:
    """A token, or what stands between a pair of brackets, with them; `inner` is settled already."""

    text: str
    opened: str = ""
    inner: tuple["_Part", ...] = ()
    joined: str = ""
    """AND or OR, where that alone joins what is within."""

    @property
    def blank(self) -> bool:
        return not self.opened and self.text.isspace()


def settled(text: str) -> str:
    """Return `text` with AND within AND and OR within OR flattened, and an array's cast at its elements.

    Both keep what an expression means, in SQL's logic of three values too. Two texts of one settled form can
    differ in nothing else than: that grouping, where an array of ARRAY[…] is cast, and the spaces around AND
    and OR. What stands in quotes is never touched, and a text whose brackets are unbalanced stays as it is.
    """
    levels: list[tuple[str, list[_Part]]] = [("", [])]
    for token in _TOKEN.finditer(text):
        found = token[0]
        opened, parts = levels[-1]
        if found in _CLOSES:
            levels.append((found, []))
        elif found in _CLOSES.values():
            if found != _CLOSES.get(opened):
                return text
            levels.pop()
            levels[-1][1].append(_group(opened, _cast_within(parts)))
        else:
            parts.append(_Part(text=found))
    if len(levels) > 1:
        return text
    return _text(_cast_within(levels[0][1]))


def _group(opened: str, parts: Sequence[_Part]) -> _Part:
    words = {part.text for part in parts if not part.opened} & {*_JOINING}
    joined = words.pop() if opened == "(" and len(words) == 1 else ""
    inner = _flattened(parts, joined) if joined else tuple(parts)
    return _Part(text=f"{opened}{_text(inner)}{_CLOSES[opened]}", opened=opened, inner=inner, joined=joined)


def _flattened(parts: Sequence[_Part], joined: str) -> tuple[_Part, ...]:
    flat: list[_Part] = []
    for operand in _split(parts, joined):
        if flat:
            flat.append(_Part(text=f" {joined} "))
        # Of a window's frame, ROWS BETWEEN … AND …, no side is a pair of parentheses alone.
        nested = len(operand) == 1 and operand[0].joined == joined
        flat += operand[0].inner if nested else operand
    return tuple(flat)


def _cast_within(parts: Sequence[_Part]) -> list[_Part]:
    """Put the cast of each `(ARRAY[…])::type[]` at the elements, as PostgreSQL does when it reads that."""
    done: list[_Part] = []
    at = 0
    while at < len(parts):
        part = parts[at]
        typed = _array_type(parts, at + 1) if _is_array(part.inner) and part.opened == "(" else None
        if typed is None:
            done.append(part)
            at += 1
        else:
            name, at = typed
            done += _cast_array(part.inner, name)
    return done


def _is_array(parts: Sequence[_Part]) -> bool:
    return len(parts) == 2 and parts[0].text == "ARRAY" and parts[1].opened == "["  # noqa: PLR2004  a word and its brackets


def _array_type(parts: Sequence[_Part], at: int) -> tuple[str, int] | None:
    """The element's type of a cast `::type[]` that begins at `at`, and where it ends; None: there is none."""
    if at >= len(parts) or parts[at].text != _CAST:
        return None
    for end in range(at + 1, len(parts)):
        part = parts[end]
        if part.text == "[]":
            return _text(parts[at + 1 : end]), end + 1
        # Unquoted, a type's name has no capitals, and a keyword has nothing else.
        if not (
            part.blank or part.opened == "(" or re.fullmatch(r'[a-z_0-9$]+|\.|".*"', part.text, re.DOTALL)
        ):
            return None
    return None


def _cast_array(array: Sequence[_Part], name: str) -> list[_Part]:
    elements: list[_Part] = []
    for element in _split(array[1].inner, ","):
        if elements:
            elements.append(_Part(text=", "))
        elements += _cast_array(element, name) if _is_array(element) else _cast(element, name)
    return [array[0], _Part(text=f"[{_text(elements)}]", opened="[", inner=tuple(elements))]


def _cast(element: Sequence[_Part], name: str) -> list[_Part]:
    literal, cast, own = _text(element[:1]), _text(element[1:2]), _text(element[2:])
    if literal.startswith("'") and cast == _CAST and name.startswith(f"{own}("):
        # A literal that gets a length: 'a'::character varying(9) is told with one cast.
        return [_Part(text=f"{literal}{_CAST}{name}")]
    return [_Part(text=f"({_text(element)}){_CAST}{name}")]


def _split(parts: Sequence[_Part], by: str) -> Iterator[list[_Part]]:
    """What stands between the separators, without blanks at its ends."""
    found: list[_Part] = []
    for part in (*parts, _Part(text=by)):
        if part.text == by and not part.opened:
            while found and found[-1].blank:
                found.pop()
            yield found
            found = []
        elif found or not part.blank:
            found.append(part)


def _text(parts: Sequence[_Part]) -> str:
    return "".join(part.text for part in parts)

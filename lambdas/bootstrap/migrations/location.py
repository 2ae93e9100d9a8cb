"""From a character offset to what people look for: line, column, the line itself with a caret. Pure."""

from dataclasses import dataclass
from typing import Final

from lambdas.bootstrap.migrations.masking import mask_passwords

_WIDTH: Final = 100


@dataclass(frozen=True, kw_only=True)
class Location:
    """Line and column count from 1, in characters; `excerpt` is the line, passwords covered, over a caret."""

    line: int
    column: int
    excerpt: str


def locate(text: str, offset: int) -> Location:
    """Where `offset` is; an offset behind the last word of the text is shown behind that word."""
    offset = min(offset, len(text.rstrip()))
    start = max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1
    end = len(text)
    for line_end in ("\n", "\r"):
        found = text.find(line_end, offset)
        end = end if found < 0 else min(end, found)
    before = text[:start]
    line = before.count("\n") + before.replace("\r\n", "").count("\r") + 1
    column = offset - start
    shown_from = max(0, column - _WIDTH // 2)
    shown = mask_passwords(text[start:end])[shown_from:][:_WIDTH]
    # Tabs stay under tabs, or the caret would drift.
    padding = "".join("\t" if character == "\t" else " " for character in shown[: column - shown_from])
    return Location(line=line, column=column + 1, excerpt=f"    {shown}\n    {padding}^")

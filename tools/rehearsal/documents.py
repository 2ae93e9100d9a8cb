"""Reads the small JSON records of a state folder into the shapes that they were written from.

Never trusts a file: a folder may hold what a crash, a full disk, a person or another version has left there.
"""

import json
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TypeVar, cast, get_type_hints

from tools.rehearsal.errors import StateUnreadable

Shape = TypeVar("Shape")


def read_document(path: Path, shape: type[Shape]) -> Shape | None:
    """Return the record in a file, None if there is no file; members that the shape lacks are passed over.

    The shape is a dataclass whose members are text and numbers. Raises StateUnreadable for anything else.
    """
    try:
        document: object = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StateUnreadable(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise StateUnreadable(f"{path} is not JSON: {error}") from error
    if not isinstance(document, dict) or not is_dataclass(shape):
        raise StateUnreadable(f"{path} holds no record of a {shape.__name__.lower()}")
    found = cast("dict[str, object]", document)
    hints = get_type_hints(shape)
    wrong = [one.name for one in fields(shape) if type(found.get(one.name)) is not hints[one.name]]
    if wrong:
        raise StateUnreadable(
            f"{path} holds no record of a {shape.__name__.lower()}: "
            f"missing or of the wrong type: {', '.join(wrong)}"
        )
    return shape(**{one.name: found[one.name] for one in fields(shape)})

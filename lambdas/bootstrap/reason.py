"""Cuts an error's message to what CloudFormation takes in. It words nothing and answers nobody.

CloudFormation refuses an answer of more than 4096 bytes, and a deployment then waits in vain for an hour. The
framework that answers does not count: it puts "Error: " before the message, the name of a log group and up to
ten lines of its own stack behind it, and both into JSON beside ids and the resource's data.
"""

import json
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from lambdas.common.logs import Log

ANSWER_BYTES: Final = 4096
"""CloudFormation guide, 'Custom resource response objects': the most that an answer may hold."""

FRAMEWORK_BYTES: Final = 1596
"""Kept for all that is not the message: 1152 with the longest names, as a test has the framework say."""

REST: Final = " … (cut here; the function's log has all of it)"


@contextmanager
def fitting_reason(log: Log) -> Generator[None]:
    """Let errors pass with a message that fits; of one that is cut, the log gets the whole."""
    try:
        yield
    except Exception as error:
        whole = str(error)
        fitting = fit(whole)
        if fitting != whole:
            log.warning("The reason is cut for CloudFormation", reason=whole)
            error.args = (fitting,)
        raise


def fit(message: str, *, size: int = ANSWER_BYTES - FRAMEWORK_BYTES) -> str:
    """Return the start of `message` that takes `size` bytes in a JSON document, all of it where it fits."""
    sound = message.encode("utf-8", "backslashreplace").decode()
    if _json_bytes(sound) <= size:
        return sound
    left = size - _json_bytes(REST)
    end = 0
    for character in sound:
        left -= _json_bytes(character)
        if left < 0:
            break
        end += 1
    return sound[:end] + REST


def _json_bytes(text: str) -> int:
    return len(json.dumps(text, ensure_ascii=False).encode()) - 2

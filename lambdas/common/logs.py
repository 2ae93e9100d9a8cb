"""The functions' structured log. It takes facts as keywords, and never a secret document or a password.

A logger is created on first use, because the library behind it costs import time that a cold start pays.
"""

from functools import cache
from typing import Protocol


class Log(Protocol):
    """What a function needs of a logger: a sentence, and the facts as keywords."""

    def info(self, msg: str, **facts: object) -> None:
        """Report progress."""
        ...

    def warning(self, msg: str, **facts: object) -> None:
        """Report what a person should look at although the run goes on."""
        ...


class _Powertools:
    """aws-lambda-powertools' Logger. Facts stand under one key: `logging` refuses some names."""

    def __init__(self) -> None:
        from aws_lambda_powertools import Logger  # noqa: PLC0415  paid on first use, see the module's docstring

        self._logger = Logger()

    def info(self, msg: str, **facts: object) -> None:
        self._logger.info(msg, extra={"facts": facts})

    def warning(self, msg: str, **facts: object) -> None:
        self._logger.warning(msg, extra={"facts": facts})


@cache
def function_log() -> Log:
    """The log of this function, named by `POWERTOOLS_SERVICE_NAME`."""
    return _Powertools()

"""How every command answers what a person can mend: one message on stderr and an exit code, no traceback."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from lambdas.common.errors import DatatierError
from stacks.settings import SettingsError
from tools.access.errors import AccessError
from tools.backup.errors import BackupToolError, WrongInput
from tools.backup.errors import Interrupted as Stopped
from tools.migrate.errors import Interrupted, Misused
from tools.pool.errors import PoolError
from tools.rehearsal.errors import RehearsalError
from tools.rotation.errors import RotationError
from tools.servers.errors import ServerError

if TYPE_CHECKING:
    from collections.abc import Generator

FAILED, MISUSED, INTERRUPTED = 1, 2, 130


@contextmanager
def answering() -> Generator[None]:
    """End the command with the message of an error that the project's parts raise within."""
    try:
        yield
    except (SettingsError, Misused, WrongInput) as error:
        _end(error, MISUSED)
    except RehearsalError as error:
        _end(error, error.exit_code)
    except (Interrupted, Stopped) as error:
        _end(error, INTERRUPTED)
    except (AccessError, BackupToolError, PoolError, RotationError, ServerError, DatatierError) as error:
        _end(error, FAILED)


def _end(error: Exception, code: int) -> None:
    typer.echo(str(error), err=True)
    raise typer.Exit(code) from None

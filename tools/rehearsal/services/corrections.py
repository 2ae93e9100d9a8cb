"""Puts what these modules do in the place of the emulator's functions."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import cast

from tools.rehearsal.seams import REENTRANT, SECRETS_REQUEST, Emulator, Record
from tools.rehearsal.services.answers import Answer, Operation, refusing
from tools.rehearsal.services.cache_users import correct_users
from tools.rehearsal.services.roll_backs import correct_roll_backs
from tools.rehearsal.services.rotation_clock import start_clock
from tools.rehearsal.services.secret_values import correct_values
from tools.rehearsal.workshop import Workshop

_Request = Callable[[str, str, Mapping[str, str], bytes, object], Awaitable[Answer]]


def correct(workshop: Workshop) -> None:
    """Correct the services, and set the clock of their schedules going."""
    rotations = workshop.rotations
    correct_values(rotations)
    _serve(workshop.emulator, {"RotateSecret": rotations.rotate, "CancelRotateSecret": rotations.cancel})
    correct_users(workshop)
    correct_roll_backs(workshop.emulator)
    start_clock(rotations)


def _serve(emulator: Emulator, operations: Mapping[str, Operation]) -> None:
    """Serve operations of Secrets Manager on threads of their own: they wait for Lambdas, which call back."""
    originally = cast("_Request", emulator.function(SECRETS_REQUEST))

    async def handle(
        method: str, path: str, headers: Mapping[str, str], body: bytes, query: object
    ) -> Answer:
        operation = operations.get(headers.get("x-amz-target", "").rpartition(".")[2])
        data = _read(body) if operation else None
        if operation is None or data is None:
            return await originally(method, path, headers, body, query)
        beside = emulator.call(REENTRANT, refusing(emulator, operation), data)
        return await cast("Awaitable[Answer]", beside)

    emulator.replace(SECRETS_REQUEST, handle)


def _read(body: bytes) -> Record | None:
    try:
        return cast("Record", json.loads(body))
    except ValueError:
        return None

"""Puts what these modules do in the place of the emulator's functions."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import cast

from tools.rehearsal.seams import EVENTS_REQUEST, REENTRANT, SECRETS_REQUEST, Emulator, Record
from tools.rehearsal.services.alarm_clock import correct_alarms
from tools.rehearsal.services.alarms import Alarms
from tools.rehearsal.services.answers import Answer, Operation, refusing
from tools.rehearsal.services.automated_backups import correct_automated_backups
from tools.rehearsal.services.buckets import Buckets
from tools.rehearsal.services.cache_users import correct_users
from tools.rehearsal.services.function_metrics import correct_function_metrics
from tools.rehearsal.services.log_metrics import correct_log_metrics
from tools.rehearsal.services.passing_time import PassingTime
from tools.rehearsal.services.roll_backs import correct_roll_backs
from tools.rehearsal.services.rotation_clock import start_clock
from tools.rehearsal.services.rules import Rules
from tools.rehearsal.services.secret_values import correct_values
from tools.rehearsal.workshop import Workshop

_Request = Callable[[str, str, Mapping[str, str], bytes, object], Awaitable[Answer]]


def correct(workshop: Workshop) -> None:
    """Correct the services, and set the clocks of their schedules and of the alarms going."""
    emulator, rotations = workshop.emulator, workshop.rotations
    correct_values(rotations)
    _serve(
        emulator, SECRETS_REQUEST, {"RotateSecret": rotations.rotate, "CancelRotateSecret": rotations.cancel}
    )
    correct_users(workshop)
    correct_roll_backs(emulator)
    correct_automated_backups(emulator)
    Buckets(emulator=emulator, witness=workshop.took_effect).correct()
    start_clock(rotations)
    _correct_monitoring(workshop)


def _correct_monitoring(workshop: Workshop) -> None:
    emulator, rules = workshop.emulator, Rules(emulator=workshop.emulator, witness=workshop.took_effect)
    alarms = Alarms(emulator=emulator, witness=workshop.took_effect)
    passing = PassingTime(alarms=alarms, rules=rules, rotations=workshop.rotations)
    rules.correct()
    passing.correct()
    _serve(emulator, EVENTS_REQUEST, {"LetTimePass": passing.let_pass, "FireRule": passing.fire})
    correct_function_metrics(emulator)
    correct_log_metrics(emulator)
    correct_alarms(alarms)


def _serve(emulator: Emulator, seam: str, operations: Mapping[str, Operation]) -> None:
    """Serve operations of one service on threads of their own: they wait for Lambdas, which call back."""
    originally = cast("_Request", emulator.function(seam))

    async def handle(
        method: str, path: str, headers: Mapping[str, str], body: bytes, query: object
    ) -> Answer:
        operation = operations.get(headers.get("x-amz-target", "").rpartition(".")[2])
        data = _read(body) if operation else None
        if operation is None or data is None:
            return await originally(method, path, headers, body, query)
        beside = emulator.call(REENTRANT, refusing(emulator, operation), data)
        return await cast("Awaitable[Answer]", beside)

    emulator.replace(seam, handle)


def _read(body: bytes) -> Record | None:
    try:
        return cast("Record", json.loads(body))
    except ValueError:
        return None

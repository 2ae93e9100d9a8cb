"""AWS/Lambda: Invocations, Errors and Duration of every run, whoever asked for it. Never runs a function.

Source: Lambda guide, "Types of metrics for Lambda functions": a metric is dated by the moment that the
function was invoked. The emulator counts only what comes by the Invoke operation, and does not look how an
asynchronous one ends.
"""

import time
from collections.abc import Callable
from typing import cast

from tools.rehearsal.seams import LAMBDA_DISPATCH, LAMBDA_METRICS, METRIC_KEEP, Emulator, Record

NAMESPACE = "AWS/Lambda"

_Dispatch = Callable[[Record, Record, object, str, float], Record]


def correct_function_metrics(emulator: Emulator) -> None:
    """Count where every run passes, and nowhere else."""
    originally = cast("_Dispatch", emulator.function(LAMBDA_DISPATCH))

    def dispatch(
        function: Record, configuration: Record, event: object, request: str, started: float
    ) -> Record:
        name, result = str(configuration.get("FunctionName")), Record(error=True)
        try:
            result = originally(function, configuration, event, request, started)
        finally:
            if result.get("throttle"):
                _keep(emulator, name, started, Throttles=1)
            else:
                _keep(emulator, name, started, Invocations=1, Errors=int(bool(result.get("error"))))
                elapsed = (time.time() - started) * 1000
                _keep(emulator, name, started, unit="Milliseconds", Duration=elapsed)
        return result

    def emit(function_name: str, duration_ms: float, error: bool, throttle: bool) -> None:  # noqa: FBT001, ARG001  # the emulator passes them so
        if throttle and not duration_ms:  # once where it is refused, and not again where that is answered
            _keep(emulator, function_name, time.time(), Throttles=1)

    emulator.replace(LAMBDA_DISPATCH, dispatch)
    emulator.replace(LAMBDA_METRICS, emit)


def _keep(emulator: Emulator, function: str, moment: float, *, unit: str = "Count", **values: float) -> None:
    for name, value in values.items():
        dimensions = {"FunctionName": function}
        emulator.call(METRIC_KEEP, NAMESPACE, name, dimensions, moment, unit, value, None, None, None)

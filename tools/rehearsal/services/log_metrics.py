"""Makes metrics of the figures in every line that reaches CloudWatch Logs, a Lambda's output among them."""

from collections.abc import Callable, Sequence
from typing import cast

from tools.rehearsal.seams import LOG_APPEND, METRIC_KEEP, Emulator, Record
from tools.rehearsal.services.embedded_metrics import figures


def publish_emf(emulator: Emulator, line: str) -> int:
    """Publish what one line holds, in the account and region at hand; return how many metrics that were.

    For output that goes to no log group of the emulator's; what goes to one is looked at by itself.
    """
    found = figures(line)
    for figure in found:
        emulator.call(
            METRIC_KEEP,
            figure.namespace,
            figure.name,
            dict(figure.dimensions),
            figure.moment,
            figure.unit,
            None,
            list(figure.values),
            None,
            None,
        )
    return len(found)


def correct_log_metrics(emulator: Emulator) -> None:
    """Look at every line that is written to a log stream."""
    originally = cast("Callable[[Record, Sequence[Record]], None]", emulator.function(LOG_APPEND))

    def append(stream: Record, events: Sequence[Record]) -> None:
        originally(stream, events)
        for event in events:
            publish_emf(emulator, str(event.get("message", "")))

    emulator.replace(LOG_APPEND, append)

"""Looks every second for rotations that are due, as long as the emulator's process lives."""

import logging
import threading
import time
from datetime import UTC, datetime

from tools.rehearsal.services.rotations import Rotations

POLL_SECONDS = 1.0

log = logging.getLogger("rotation")


def start_clock(rotations: Rotations) -> None:
    """Watch the schedules in a thread that ends with the process."""
    threading.Thread(target=_watch, args=(rotations,), daemon=True, name="rotation-clock").start()


def _watch(rotations: Rotations) -> None:
    while True:
        time.sleep(POLL_SECONDS)
        try:
            rotations.start_due(datetime.now(tz=UTC))
        except Exception:  # one secret's trouble keeps no other from rotating
            log.exception("Rotations that are due could not be started")

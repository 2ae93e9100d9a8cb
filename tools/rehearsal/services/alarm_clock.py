"""Evaluates every alarm each second, as long as the emulator's process lives; AWS does so each minute."""

import threading
import time

from tools.rehearsal.seams import ALARM_ACT, ALARM_EVALUATE
from tools.rehearsal.services.alarms import Alarms

POLL_SECONDS = 1.0


def correct_alarms(alarms: Alarms) -> None:
    """Put our evaluation in place of the emulator's, which knows no dimensions and no missing data."""
    alarms.emulator.replace(ALARM_EVALUATE, alarms.evaluate)
    alarms.emulator.replace(ALARM_ACT, alarms.act)
    threading.Thread(target=_watch, args=(alarms,), daemon=True, name="alarm-clock").start()


def _watch(alarms: Alarms) -> None:
    while True:
        time.sleep(POLL_SECONDS)
        alarms.evaluate_all()

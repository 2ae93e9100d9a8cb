"""Makes the fixtures of `tests/plugins` known to every test, and Ctrl-C to what tests start."""

import signal

pytest_plugins = [
    "tests.plugins.servers",
    "tests.plugins.application_database",
    "tests.plugins.tier",
    "tests.plugins.pgbouncer_version",
]


def pytest_configure() -> None:
    """Heed SIGINT even where it was switched off, as shells do for background jobs: children inherit it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)

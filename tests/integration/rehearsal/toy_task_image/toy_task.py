"""A task that ends by itself: `end CODE`, `wait` until it is told to stop, `serve` a PostgreSQL of its own.

FAULT=stubborn: it ignores SIGTERM.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

PROGRAMS = Path(os.environ.get("POSTGRES_PROGRAMS", "/nowhere"))

SETTINGS = ("-c", "listen_addresses=", "-c", "fsync=off", "-c", "dynamic_shared_memory_type=mmap")


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def publish() -> None:
    directive = {"Namespace": "toys", "Dimensions": [["Toy"]], "Metrics": [{"Name": "TaskRan"}]}
    metadata = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]}
    say(json.dumps({"_aws": metadata, "Toy": os.environ.get("TOY", "none"), "TaskRan": 1}))


def wait() -> int:
    stopped: list[int] = []
    if os.environ.get("FAULT") == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    else:
        signal.signal(signal.SIGTERM, lambda number, _frame: stopped.append(number))
    say("the toy waits")
    while not stopped:
        time.sleep(0.05)
    say("the toy was told to stop")
    return 128 + stopped[0]


def serve() -> int:
    """Start a PostgreSQL that has nothing of ours but its parent: no variable, a session of its own."""
    scratch = Path(os.environ["SCRATCH_DIRECTORY"])
    clean = {"PATH": os.environ["PATH"], "HOME": str(scratch), "LANG": "C.UTF-8"}
    if libraries := os.environ.get("POSTGRES_LIBRARIES"):
        clean["LD_LIBRARY_PATH"] = libraries
    data = scratch / "data"
    subprocess.run(  # noqa: S603  # PostgreSQL's own program
        [PROGRAMS / "initdb", "-D", data, "-U", "toy", "-A", "trust", "--no-sync"],
        env=clean,
        check=True,
        capture_output=True,
    )
    subprocess.Popen(  # noqa: S603  # PostgreSQL's own program
        [PROGRAMS / "postgres", "-D", data, "-k", scratch, *SETTINGS],
        env=clean,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    ask = [PROGRAMS / "psql", "-h", scratch, "-U", "toy", "-d", "postgres", "-Atc", "SELECT 6 * 7"]
    answer = ""
    while not answer:
        time.sleep(0.1)
        done = subprocess.run(ask, env=clean, check=False, capture_output=True)  # noqa: S603  # likewise
        answer = done.stdout.decode().strip()
    say(f"postgres answers {answer}")
    return wait()


def main() -> int:
    say(f"region={os.environ['AWS_REGION']} said={os.environ.get('SAID', '')}")
    publish()
    match sys.argv[1:]:
        case ["end", code]:
            sys.stdout.write("the last line has no end")
            return int(code)
        case ["serve"]:
            return serve()
        case _:
            return wait()


if __name__ == "__main__":
    sys.exit(main())

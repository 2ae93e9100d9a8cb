"""The emulated AWS as one process: the emulator with our handlers in it, on one loopback port.

Run in the emulator's own environment as `python -m tools.rehearsal.launcher STATE PORT`, which `datatier up`
does. Listens on 127.0.0.1 only. Writes no secret.
"""

import os
import sys
from pathlib import Path

from tools.rehearsal.errors import RehearsalError
from tools.rehearsal.layout import Layout
from tools.rehearsal.overlay import ACCOUNT
from tools.rehearsal.processes import EMULATOR, Records

ADDRESS = "127.0.0.1"
UNUSED_SERVICES = {"SFTP_ENABLED": "0", "IOT_MTLS_ENABLED": "0"}


def settings(*, port: int, layout: Layout) -> dict[str, str]:
    """Return the emulator's environment variables; it reads them while it is imported."""
    return {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": ADDRESS,
        "MINISTACK_HOST": ADDRESS,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "LAMBDA_EXECUTOR": "local",
        "AWS_ENDPOINT_URL": f"http://{ADDRESS}:{port}",
        "TMPDIR": str(layout.scratch),
        "S3_DATA_DIR": str(layout.scratch / "s3"),
        "DATATIER_NAMES": str(layout.names),
        **UNUSED_SERVICES,
    }


def main(state: Path, port: int) -> int:
    """Serve until a signal ends it; 1 when the emulator is not the one that the handlers are written for."""
    layout = Layout(state=state)
    Records(layout.processes).write(
        EMULATOR, os.getpid()
    )  # before anything that takes time: `down` must find us
    os.environ.update(settings(port=port, layout=layout))
    # Imported here: the emulator reads its environment variables at import.
    from tools.rehearsal.fargate.corrections import correct_fargate  # noqa: PLC0415  # see above
    from tools.rehearsal.install import install  # noqa: PLC0415  # see above
    from tools.rehearsal.ledger import Ledger  # noqa: PLC0415  # see above
    from tools.rehearsal.seams import MAIN, Emulator  # noqa: PLC0415  # see above
    from tools.rehearsal.services.corrections import correct  # noqa: PLC0415  # see above
    from tools.rehearsal.witnesses import watch  # noqa: PLC0415  # see above
    from tools.rehearsal.workshop import Workshop  # noqa: PLC0415  # see above
    from tools.servers.certificates import Authority  # noqa: PLC0415  # see above

    try:
        emulator = Emulator()
    except RehearsalError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    workshop = Workshop(
        layout=layout,
        emulator=emulator,
        ledger=Ledger(path=layout.ledger),
        authority=Authority(layout.authority),
    )
    install(workshop)
    correct_fargate(workshop.fargate)
    correct(workshop)  # before the witnesses, which look on
    watch(workshop)
    sys.argv = sys.argv[:1]  # the emulator parses what is left
    emulator.call(MAIN)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2])))

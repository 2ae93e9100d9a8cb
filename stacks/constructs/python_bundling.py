"""Builds a Lambda's package without Docker: uv installs the locked wheels of the target beside our files.

The same asset gives the same bytes everywhere. Never builds a package from source, never compiles, and never
installs what the lock has no hash for. Works offline once uv's cache holds the wheels.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import jsii
from aws_cdk import ILocalBundling
from uv import find_uv_bin

from stacks.constructs.errors import BundlingError
from stacks.constructs.python_asset import PythonAsset

PLATFORMS = {"arm64": "aarch64-manylinux_2_28", "x86_64": "x86_64-manylinux_2_28"}
"""Amazon Linux 2023, which the Lambda runtimes since Python 3.12 are built on, has glibc 2.34."""

VARYING = (
    "*.dist-info/RECORD",
    "*.dist-info/INSTALLER",
    "*.dist-info/REQUESTED",
    "*.dist-info/uv_cache.json",
)
"""Notes of the installer about itself; RECORD lists scripts, whose first line is this machine's Python."""

FILE_MODE, FOLDER_MODE = 0o644, 0o755


@jsii.implements(ILocalBundling)
class UvBundling:
    """Builds one asset into the folder that CDK names; `failure` is why it could not."""

    def __init__(self, asset: PythonAsset) -> None:
        self._asset = asset
        self.failure: BundlingError | None = None

    def try_bundle(self, output_dir: str, *options: object, **named: object) -> bool:
        """Build; CDK would turn to Docker on False, which this never returns.

        The options are for Docker: jsii declares them by name and hands them over by place.

        Raises:
            BundlingError: uv cannot install the locked packages.
        """
        del options, named
        try:
            build(self._asset, Path(output_dir))
        except BundlingError as error:
            # jsii carries an exception to JavaScript and back as text among stack traces: keep the real one.
            self.failure = error
            raise
        return True


def build(asset: PythonAsset, output: Path) -> None:
    """Install the locked packages into `output` and lay our files over them.

    Raises:
        BundlingError: uv cannot install them.
    """
    _install(asset, output)
    for place, path in asset.files().items():
        target = output / place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    _normalise(output)


def _install(asset: PythonAsset, output: Path) -> None:
    command = [
        find_uv_bin(),
        "pip",
        "install",
        "--quiet",
        "--color=never",
        "--no-compile-bytecode",
        f"--target={output}",
        f"--python={sys.executable}",
        f"--python-version={asset.python}",
        f"--python-platform={PLATFORMS[asset.architecture]}",
        "--only-binary=:all:",
        "--no-deps",
        "--require-hashes",
        "--link-mode=copy",
        f"--requirements={asset.root / asset.lock}",
    ]
    # The cache first: nothing is asked of the network when it has everything, which is the usual case.
    offline = subprocess.run([*command, "--offline"], capture_output=True, text=True, check=False)  # noqa: S603  (uv, no shell)
    if offline.returncode == 0:
        return
    online = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  (uv, no shell)
    if online.returncode != 0:
        raise BundlingError(
            f"the packages of {asset.lock} cannot be installed for Python {asset.python} on "
            f"{asset.architecture}: uv's cache does not hold them and the package index did not give them. "
            f"Connect once, or check the lock. uv said:\n{online.stderr.strip()}"
        )


def _normalise(output: Path) -> None:
    """Drop what differs between two builds, and give everything the same mode."""
    for pattern in VARYING:
        for path in output.glob(pattern):
            path.unlink()
    shutil.rmtree(output / "bin", ignore_errors=True)  # scripts for a shell, which a Lambda has no use for
    (output / ".lock").unlink(missing_ok=True)
    for path in (output, *output.rglob("*")):  # CDK makes the folder itself writable for everybody
        path.chmod(FOLDER_MODE if path.is_dir() else FILE_MODE)

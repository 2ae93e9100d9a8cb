"""Runs the real CDK CLI against the emulated AWS, in a world of its own.

Its home, its credentials and its endpoint are the rehearsal's; its output goes to a log file. Decides nothing
about what is deployed.
"""

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.rehearsal.clouds import variables
from tools.rehearsal.images.docker import stand_in
from tools.rehearsal.layout import Layout
from tools.rehearsal.overlay import ACCOUNT
from tools.rehearsal.processes import CDK, Process, Records
from tools.rehearsal.surroundings import surroundings
from tools.rehearsal.tier import Tier
from tools.rehearsal.toolchain import Toolchain
from tools.state import VARIABLE

INTERRUPT_SECONDS = 10.0
CONCURRENCY = 3


@dataclass(frozen=True, kw_only=True)
class CdkCli:
    """The CDK CLI of one tier."""

    layout: Layout
    repository: Path
    toolchain: Toolchain
    tier: Tier

    @property
    def log(self) -> Path:
        """All that the last run printed."""
        return self.layout.logs / "cdk.log"

    def bootstrap(self, regions: list[str]) -> "Run":
        """Prepare regions for deployments. The context manager ends the process whatever happens."""
        targets = [f"aws://{ACCOUNT}/{region}" for region in regions]
        return Run(
            cli=self, arguments=("bootstrap", *targets), directory=self.layout.home
        )  # no app to synthesize there

    def deploy(self) -> "Run":
        """Synthesize and deploy every stack of the environment; a stack without changes is left alone.

        Whoever calls this holds the tier's own lock. So a lock that the CLI left in its output is one of a
        run that was killed, even where its process id still stands for a zombie that nobody waits for.
        """
        python = sys.executable
        for left in self.layout.assembly.glob("*.lock"):
            left.unlink(missing_ok=True)
        return Run(
            cli=self,
            directory=self.repository,
            arguments=(
                "deploy", "--all", "--require-approval", "never", "--ci",
                "--concurrency", str(CONCURRENCY), "--asset-parallelism", "--progress", "events",
                "--app", f'"{python}" app.py', "--output", str(self.layout.assembly),
                "--context", f"env={self.tier.environment}", "--context", f"overlay={self.layout.overlay}",
            ),
        )  # fmt: skip

    def environment(self) -> dict[str, str]:
        """Return the CLI's environment: this shell's, without what would lead it away from the tier."""
        return {
            **surroundings(os.environ),
            **variables(self.tier),
            VARIABLE: str(self.layout.state),
            "CDK_DOCKER": str(stand_in(self.layout)),
            "PATH": self.toolchain.search_path,
            "CDK_HOME": str(self.layout.cdk_home),
            "CDK_DISABLE_CLI_TELEMETRY": "true",
            "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
            "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "1",
            "NO_COLOR": "1",
        }


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of the CLI, not yet started."""

    cli: CdkCli
    directory: Path
    arguments: tuple[str, ...]

    @contextmanager
    def started(self) -> Generator["subprocess.Popen[bytes]"]:
        """Start the CLI in a process group of its own, recorded for `down`; end it on the way out."""
        records = Records(self.cli.layout.processes)
        toolchain = self.cli.toolchain
        with self.cli.log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603  # a tool of the project, arguments of our own
                [toolchain.node, toolchain.cdk, "--no-notices", "--no-version-reporting", *self.arguments],
                cwd=self.directory,
                env=self.cli.environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        records.write(CDK, process.pid)
        try:
            yield process
        finally:
            running = Process.find(CDK, process.pid) if process.poll() is None else None
            if running:
                running.stop(grace_seconds=INTERRUPT_SECONDS)
            process.wait()
            records.forget(CDK)

    def finish(self) -> int:
        """Run to the end and return the exit code."""
        with self.started() as process:
            return process.wait()

"""The names of the rehearsal's files under the state folder, in one place.

Never touches the file system: making and removing is done by whoever owns the file.
"""

from dataclasses import dataclass
from pathlib import Path

from tools.state import toolchain_directory


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Every path that the rehearsal uses below one state folder."""

    state: Path

    @property
    def emulator_environment(self) -> Path:
        """The Python environment of the emulator and its handlers; every tier of this checkout uses it."""
        return toolchain_directory() / "emulator"

    @property
    def lambda_environment(self) -> Path:
        """The Python environment that the Lambdas run in: what AWS's runtime brings, and no more."""
        return toolchain_directory() / "lambda-python"

    @property
    def container_environments(self) -> Path:
        """The Python environments of container images, one for each lock; where any account can enter."""
        return self.state / "container-python"

    @property
    def home(self) -> Path:
        """All that belongs to one rehearsed tier; `down` removes it."""
        return self.state / "rehearsal"

    @property
    def lock(self) -> Path:
        """The file that one `up` or `down` at a time holds locked; beside `home`, which `down` removes."""
        return self.state / "rehearsal.lock"

    @property
    def overlay(self) -> Path:
        """The settings that differ from AWS, laid over the environment's file."""
        return self.home / "overlay.toml"

    @property
    def tier(self) -> Path:
        """Which environment is up, and where its emulator listens."""
        return self.home / "tier.json"

    @property
    def deployed(self) -> Path:
        """A file that is there when the last deployment reached its end."""
        return self.home / "deployed"

    @property
    def processes(self) -> Path:
        """One record for each process that `up` starts."""
        return self.home / "processes"

    @property
    def servers(self) -> Path:
        """One folder for each PostgreSQL and Redis server, each task and each load balancer."""
        return self.home / "servers"

    @property
    def tasks(self) -> Path:
        """One folder for each running task of ECS, below its region."""
        return self.servers / "tasks"

    @property
    def balancers(self) -> Path:
        """One folder for each load balancer, below its region."""
        return self.servers / "balancers"

    @property
    def images(self) -> Path:
        """The container images that the CDK CLI has pushed, as their build contexts."""
        return self.home / "images"

    @property
    def docker(self) -> Path:
        """What the CDK CLI runs in the place of `docker`."""
        return self.home / "bin" / "docker"

    @property
    def names(self) -> Path:
        """The names and addresses of private DNS namespaces, for the Lambdas and the tasks."""
        return self.home / "names.json"

    @property
    def authority(self) -> Path:
        """The local certificate authority."""
        return self.home / "authority"

    @property
    def ledger(self) -> Path:
        """What the handlers did, one JSON document a line."""
        return self.home / "ledger.jsonl"

    @property
    def logs(self) -> Path:
        """The emulator's and the CDK CLI's output."""
        return self.home / "logs"

    @property
    def scratch(self) -> Path:
        """Temporary files of the emulator and of its Lambdas."""
        return self.home / "scratch"

    @property
    def cdk_home(self) -> Path:
        """The CDK CLI's own cache, so that it never learns a fake account as a real one."""
        return self.home / "cdk-home"

    @property
    def assembly(self) -> Path:
        """The synthesized templates and assets of the tier."""
        return self.home / "cdk.out"

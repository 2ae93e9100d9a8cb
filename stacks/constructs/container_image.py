"""The image of a container: its folder, and what it shares with the Lambdas. Never built by a synthesis.

The hash is made from those files and from the target alone: it is the same on every machine and from every
folder. `cdk deploy` has Docker build it, for the target's processor whatever the machine's own is.
"""

from pathlib import Path
from typing import Literal

from aws_cdk import IgnoreMode
from aws_cdk import aws_ecr_assets as assets
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.constructs.image_endpoints import PULLS
from stacks.constructs.python_asset import LEFT_OUT

Architecture = Literal["arm64", "x86_64"]


BESIDES = {
    # What a drill applies the pending migrations with, and they themselves.
    "backup": (
        "lambdas/bootstrap/__init__.py",
        "lambdas/bootstrap/sql_files.py",
        "lambdas/bootstrap/sql",
        "lambdas/bootstrap/migrations",
        "lambdas/bootstrap/roles/__init__.py",
        "lambdas/bootstrap/roles/design.py",
        "prisma/migrations",
    )
}
"""What an image is made from besides its own folder and what it shares with every Lambda."""


def sources(container: str) -> tuple[str, ...]:
    """Return what the image of `containers/<container>` may copy, relative to the repository."""
    shared = ("lambdas/__init__.py", "lambdas/common", "containers/__init__.py")
    return (*shared, f"containers/{container}", *BESIDES.get(container, ()))


class ContainerImage(Construct):
    """An image in the repository that `cdk bootstrap` made."""

    def __init__(
        self, scope: Construct, id_: str, *, root: Path, container: str, architecture: Architecture
    ) -> None:
        """Declare it; `root` is the repository, the folder that the Dockerfile copies from."""
        super().__init__(scope, id_)
        platform = assets.Platform.LINUX_ARM64 if architecture == "arm64" else assets.Platform.LINUX_AMD64
        asset = assets.DockerImageAsset(
            self,
            "Image",
            directory=str(root),
            file=f"containers/{container}/Dockerfile",
            platform=platform,
            ignore_mode=IgnoreMode.DOCKER,
            exclude=[
                "*",
                *(f"!{source}" for source in sources(container)),
                *(f"**/{pattern}" for pattern in LEFT_OUT),
            ],
        )
        self.uri = asset.image_uri
        self._repository_arn = asset.repository.repository_arn

    @property
    def may_pull(self) -> list[iam.PolicyStatement]:
        """Pull from this repository; the token that opens a registry cannot be narrowed."""
        return [
            iam.PolicyStatement(actions=list(PULLS), resources=[self._repository_arn]),
            iam.PolicyStatement(actions=["ecr:GetAuthorizationToken"], resources=["*"]),
        ]

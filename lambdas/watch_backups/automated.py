"""RDS's copies of automated backups in the recovery region: how far they reach. It changes none."""

from datetime import datetime
from typing import TYPE_CHECKING, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from lambdas.watch_backups.errors import CopiesUnreadable

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient

_PATIENCE: Final = Config(connect_timeout=3, read_timeout=10, retries={"max_attempts": 3, "mode": "standard"})


class RdsBackups:
    """RDS of a region; honours AWS_ENDPOINT_URL as every boto3 client does."""

    def __init__(self, *, region: str) -> None:
        self._region = region
        self._client: RDSClient = boto3.client("rds", region_name=region, config=_PATIENCE)

    def reach(self, instance_arn: str) -> datetime | None:
        """Return the latest moment that can be restored there, or None without a copy of the instance.

        A copy bears the ARN of its instance in the other region (RDS guide, 'Finding information about
        replicated backups'). All are listed and ours are picked out: to ask for one by its instance's
        identifier wants an instance that exists there (RDS API, 'DescribeDBInstanceAutomatedBackups').
        Of an instance that was made anew the old one's copy is kept too, and the newer counts.

        Raises:
            CopiesUnreadable: RDS does not answer, or refuses.
        """
        try:
            pages = self._client.get_paginator("describe_db_instance_automated_backups").paginate()
            ours = [
                one.get("RestoreWindow", {}).get("LatestTime")
                for page in pages
                for one in page.get("DBInstanceAutomatedBackups", [])
                if one.get("DBInstanceArn") == instance_arn
            ]
        except (BotoCoreError, ClientError) as error:
            raise CopiesUnreadable(
                f"RDS does not list the automated backups in {self._region}: {error}. Check the function's "
                "right to rds:DescribeDBInstanceAutomatedBackups there, and the region."
            ) from error
        return max((moment for moment in ours if moment is not None), default=None)

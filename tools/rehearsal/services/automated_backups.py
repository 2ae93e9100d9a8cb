"""Where an instance's automated backups are replicated to, as RDS shows it. None is ever made.

So the list of them is empty in every region, and whoever asks how old the newest is hears of none.
"""

import hashlib
from http import HTTPStatus
from typing import TYPE_CHECKING, cast
from xml.sax.saxutils import escape

from tools.rehearsal.seams import RDS_ACTIONS, RDS_ANSWER, RDS_INSTANCE_XML, Emulator, Record

if TYPE_CHECKING:
    from collections.abc import Callable

REGION = "AutomaticBackupReplicationRegion"
LIST = "DescribeDBInstanceAutomatedBackups"


def correct_automated_backups(emulator: Emulator) -> None:
    """Show where the backups of an instance go, by its record, and that there is none anywhere."""
    originally = cast("Callable[[Record], str]", emulator.function(RDS_INSTANCE_XML))

    def shown(instance: Record) -> str:
        region = instance.get(REGION)
        if not region:
            return originally(instance)
        digest = hashlib.sha256(str(instance.get("DBInstanceArn")).encode()).hexdigest()
        arn = f"arn:aws:rds:{escape(str(region))}:{emulator.account}:auto-backup:ab-{digest[:26]}"
        return f"{originally(instance)}{_replication(arn)}"

    def listed(_parameters: object) -> object:
        inner = f"<{LIST}Result><DBInstanceAutomatedBackups></DBInstanceAutomatedBackups></{LIST}Result>"
        return emulator.call(RDS_ANSWER, HTTPStatus.OK.value, f"{LIST}Response", inner)

    emulator.replace(RDS_INSTANCE_XML, shown)
    cast("dict[str, object]", emulator.store(RDS_ACTIONS))[LIST] = listed


def _replication(arn: str) -> str:
    one = f"<DBInstanceAutomatedBackupsArn>{arn}</DBInstanceAutomatedBackupsArn>"
    inner = f"<DBInstanceAutomatedBackupsReplication>{one}</DBInstanceAutomatedBackupsReplication>"
    return f"<DBInstanceAutomatedBackupsReplications>{inner}</DBInstanceAutomatedBackupsReplications>"

"""Where an instance's automated backups are replicated to, as RDS shows it. None is ever made."""

import hashlib
from typing import TYPE_CHECKING, cast
from xml.sax.saxutils import escape

from tools.rehearsal.seams import RDS_INSTANCE_XML, Emulator, Record

if TYPE_CHECKING:
    from collections.abc import Callable

REGION = "AutomaticBackupReplicationRegion"


def correct_automated_backups(emulator: Emulator) -> None:
    """Show where the backups of an instance go, which its record says under the template's own name."""
    originally = cast("Callable[[Record], str]", emulator.function(RDS_INSTANCE_XML))

    def shown(instance: Record) -> str:
        region = instance.get(REGION)
        if not region:
            return originally(instance)
        digest = hashlib.sha256(str(instance.get("DBInstanceArn")).encode()).hexdigest()
        arn = f"arn:aws:rds:{escape(str(region))}:{emulator.account}:auto-backup:ab-{digest[:26]}"
        return f"{originally(instance)}{_replication(arn)}"

    emulator.replace(RDS_INSTANCE_XML, shown)


def _replication(arn: str) -> str:
    one = f"<DBInstanceAutomatedBackupsArn>{arn}</DBInstanceAutomatedBackupsArn>"
    inner = f"<DBInstanceAutomatedBackupsReplication>{one}</DBInstanceAutomatedBackupsReplication>"
    return f"<DBInstanceAutomatedBackupsReplications>{inner}</DBInstanceAutomatedBackupsReplications>"

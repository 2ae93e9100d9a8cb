"""Where an instance's automated backups are to go can be read back; RDS lists none, for none is made."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from tests.integration.rehearsal.emulated_aws import RECOVERY_REGION
from tests.integration.rehearsal.toy_containers import resource
from tools.rehearsal import ledger

if TYPE_CHECKING:
    from tests.integration.rehearsal.emulated_aws import EmulatedAws

REPLICATED = {
    "AutomaticBackupReplicationRegion": RECOVERY_REGION,
    "AutomaticBackupReplicationRetentionPeriod": 30,
}


def instance(name: str, **more: object) -> dict[str, Any]:
    return {
        "Instance": resource(
            "AWS::RDS::DBInstance",
            DBInstanceIdentifier=name,
            DBInstanceClass="db.t3.medium",
            Engine="postgres",
            AllocatedStorage="20",
            DBName="toy",
            MasterUsername="toy",
            MasterUserPassword=secrets.token_hex(8),
            **more,
        )
    }


def test_the_region_of_its_backups_is_shown_and_not_proven(aws: EmulatedAws) -> None:
    name = f"toy-{secrets.token_hex(4)}"
    template = instance(name, **REPLICATED)
    assert aws.deploy(name, template) == "CREATE_COMPLETE", aws.reasons(name)
    (backups,) = replications(aws, name)
    assert backups["DBInstanceAutomatedBackupsArn"].startswith(f"arn:aws:rds:{RECOVERY_REGION}:")
    # Empty, and no error: who looks for the newest hears of none, which is so.
    assert aws.client("rds").describe_db_instance_automated_backups()["DBInstanceAutomatedBackups"] == []
    (made,) = [
        one
        for one in ledger.read(aws.layout.ledger)
        if isinstance(one, ledger.Provisioned) and one.physical_id == name
    ]
    assert set(REPLICATED) <= set(made.kept)
    properties = template["Instance"]["Properties"]
    del properties["AutomaticBackupReplicationRegion"]
    assert aws.deploy(name, template) == "UPDATE_COMPLETE", aws.reasons(name)
    assert replications(aws, name) == []


def replications(aws: EmulatedAws, name: str) -> list[dict[str, Any]]:
    (found,) = aws.client("rds").describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
    return list(found.get("DBInstanceAutomatedBackupsReplications", []))

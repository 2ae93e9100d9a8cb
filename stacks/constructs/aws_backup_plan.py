"""AWS Backup's snapshots of the primary, their copies in the recovery region, and the tests of their restore.

Never in its continuous mode, which would take RDS's own window and retention over and let them drift from
what the database's stack declares. Off unless backup.aws_backup asks for it: it is a third copy, and paid for
as one.
"""

from aws_cdk import aws_backup as backup
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.constructs.backup_vault import BackupVault
from stacks.constructs.recovery_place import RecoveryPlace
from stacks.constructs.tier_stack import TierStack
from stacks.settings.backup import BackupSettings
from stacks.settings.windows import MINUTES_A_DAY, DailyWindow

CLEAR_MINUTES = 60
"""Between RDS's own window and the plan, whose jobs are refused in a window of RDS and an hour before it."""

START_MINUTES, COMPLETE_MINUTES = 180, 480
"""How long a job is tried that is refused, as during maintenance, and how long it may take.

Source: AWS Backup, 'Backup plan options and configuration'; an hour is the least that it takes.
"""

TEST_HOURS = 8
LOOK_BACK_DAYS = 7


class AwsBackupPlan(Construct):
    """The vault, the plan, what it is about, and the restore tests."""

    def __init__(
        self,
        scope: TierStack,
        id_: str,
        *,
        settings: BackupSettings,
        window: DailyWindow,
        instance_arn: str,
        subnet_group: str,
        security_group_id: str,
        key_arn: str,
        recovery: RecoveryPlace,
    ) -> None:
        """Declare them; `window` is RDS's own, which a snapshot has to stay clear of.

        A test restores into `subnet_group`, wearing `security_group_id`, and removes it.
        """
        super().__init__(scope, id_)
        self._settings = settings
        self._window = window
        vault = BackupVault(scope, f"{id_}Vault", key_arn=key_arn, retention_days=settings.retention_days)
        role_arn = self._role(scope)
        self.vault_arn, self.role_arn = vault.arn, role_arn
        plan = self._plan(scope, vault.name, recovery.vault_arn)
        backup.CfnBackupSelection(
            self,
            "Primary",
            backup_plan_id=plan.ref,
            backup_selection=backup.CfnBackupSelection.BackupSelectionResourceTypeProperty(
                iam_role_arn=role_arn, selection_name=scope.names.prefix, resources=[instance_arn]
            ),
        )
        tests = backup.CfnRestoreTestingPlan(
            self,
            "Tests",
            restore_testing_plan_name=scope.names.restore_test,
            schedule_expression=settings.drill_schedule,
            start_window_hours=TEST_HOURS,
            recovery_point_selection=backup.CfnRestoreTestingPlan.RestoreTestingRecoveryPointSelectionProperty(
                algorithm="LATEST_WITHIN_WINDOW",
                include_vaults=[vault.arn],
                recovery_point_types=["SNAPSHOT"],
                selection_window_days=LOOK_BACK_DAYS,
            ),
        )
        selection = backup.CfnRestoreTestingSelection(
            self,
            "TestOfPrimary",
            restore_testing_plan_name=tests.restore_testing_plan_name,
            restore_testing_selection_name="primary",
            protected_resource_type="RDS",
            protected_resource_arns=[instance_arn],
            iam_role_arn=role_arn,
            # Without them it takes the default VPC's, which an account need not have, and where a copy of the
            # data would stand (AWS Backup, 'Restore testing inferred metadata').
            restore_metadata_overrides={
                "dbSubnetGroupName": subnet_group,
                "vpcSecurityGroupIds": scope.to_json_string([security_group_id]),
            },
        )
        selection.add_resource_dependency(tests)

    def _plan(self, scope: TierStack, vault: str, copy_to: str) -> backup.CfnBackupPlan:
        of = backup.CfnBackupPlan
        opens = (self._window.start + self._window.minutes + CLEAR_MINUTES) % MINUTES_A_DAY
        forget = of.LifecycleResourceTypeProperty(delete_after_days=self._settings.retention_days)
        return of(
            self,
            "Plan",
            backup_plan=of.BackupPlanResourceTypeProperty(
                backup_plan_name=scope.names.prefix,
                backup_plan_rule=[
                    of.BackupRuleResourceTypeProperty(
                        rule_name="daily",
                        target_backup_vault=vault,
                        schedule_expression=f"cron({opens % 60} {opens // 60} * * ? *)",
                        start_window_minutes=START_MINUTES,
                        completion_window_minutes=COMPLETE_MINUTES,
                        enable_continuous_backup=False,
                        lifecycle=forget,
                        copy_actions=[
                            of.CopyActionResourceTypeProperty(
                                destination_backup_vault_arn=copy_to, lifecycle=forget
                            )
                        ],
                    )
                ],
            ),
        )

    def _role(self, scope: TierStack) -> str:
        """Return the role of AWS Backup, with the policies that AWS keeps for it.

        They are the one exception from policies of our own: what a snapshot, its copy and its restore want is
        AWS Backup's to say, and to change.
        """
        backups = iam.ServicePrincipal(
            "backup.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": scope.account}}
        )
        role = iam.Role(
            self,
            "Role",
            assumed_by=backups,  # pyright: ignore[reportArgumentType]  jsii renames a parameter
            description=f"{scope.names.prefix}: AWS Backup takes, copies and tries snapshots",
            managed_policies=[
                iam.ManagedPolicy.from_aws_managed_policy_name(
                    f"service-role/AWSBackupServiceRolePolicyFor{it}"
                )
                for it in ("Backup", "Restores")
            ],
        )
        return role.role_arn

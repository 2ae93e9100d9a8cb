"""The rule packs that judge every synthesis. A finding that stacks/findings.py does not accept stops it."""

import cdk_nag
from aws_cdk import App, Validations

PACKS = (
    cdk_nag.AwsSolutionsChecks,
    cdk_nag.NIST80053R5Checks,
    cdk_nag.HIPAASecurityChecks,
    cdk_nag.PCIDSS321Checks,
    cdk_nag.ServerlessChecks,
)


def switch_on(app: App) -> None:
    """Have `app` judged by every pack when it is synthesized."""
    Validations.of(app).add_plugins(*(pack(app, verbose=True) for pack in PACKS))

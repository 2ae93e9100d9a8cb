"""One environment in, its stacks out: reads the settings and wires the stacks. Never calls AWS.

`cdk synth|diff|deploy -c env=prod` runs this; `-c overlay=FILE` lays a second settings file over the first.
"""

import sys
from pathlib import Path

from aws_cdk import App

from stacks import findings, rule_packs
from stacks.constructs.cdk_command import context_of_this_command
from stacks.constructs.errors import SynthesisError
from stacks.settings import SettingsError, load_environment
from stacks.tier import declare

USAGE = "say which environment: -c env=dev or -c env=prod (any name in environments/)"


def main() -> int:
    """Synthesize; return 2, with one message and no traceback, for what the person there can mend."""
    app = App(analytics_reporting=False, post_cli_context=context_of_this_command())
    name = app.node.try_get_context("env")
    overlay = app.node.try_get_context("overlay")
    if name is None:
        sys.stderr.write(f"{USAGE}\n")
        return 2
    try:
        environment = load_environment(str(name), overlay=Path(overlay) if overlay else None)
        declare(app, environment)
    except (SettingsError, SynthesisError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    findings.acknowledge(app, environment)
    rule_packs.switch_on(app)
    app.synth()
    return 0


if __name__ == "__main__":
    sys.exit(main())

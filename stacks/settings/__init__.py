"""The typed environment that every stack is built from, read once from `environments/<name>.toml`.

Never imports aws_cdk or boto3, and never calls AWS: what a region offers is read from the data that cfn-lint
bundles.
"""

from stacks.settings.environment import Environment
from stacks.settings.errors import SettingsError
from stacks.settings.load import load_environment

__all__ = ["Environment", "SettingsError", "load_environment"]

"""Secrets and keys: one secret a login, every secret under a key of ours, no password in a template."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from stacks.settings import load_environment

if TYPE_CHECKING:
    from collections.abc import Callable

    from stacks.settings import Environment
    from tests.synth.template import Resource, Tier

SECRET = "AWS::SecretsManager::Secret"  # noqa: S105  a resource type
LOGINS = ("app", "readonly", "migrator", "monitor", "backup")


def secrets(tier: Tier) -> dict[str, Resource]:
    return {it["Properties"]["Name"]: it for it in tier.all(SECRET)}


def passwords(tier: Tier) -> dict[str, Resource]:
    """All secrets but those of the poolers' certificate, which hold no password."""
    return {name: it for name, it in secrets(tier).items() if "/pooler/" not in name}


def test_every_login_has_a_secret_of_its_own(tier: Tier) -> None:
    prefix = f"datatier/{tier.environment.name}"
    postgres = {f"{prefix}/postgres/{login}" for login in (*LOGINS, "master")}
    assert passwords(tier).keys() == postgres | {f"{prefix}/redis/app", f"{prefix}/redis/admin"}


def test_every_secret_is_encrypted_with_a_key_of_ours(tier: Tier) -> None:
    for it in secrets(tier).values():
        assert "keys:" in it["Properties"]["KmsKeyId"]["Fn::ImportValue"]


def test_passwords_are_made_by_secrets_manager_and_safe_in_a_connection_string(tier: Tier) -> None:
    for it in passwords(tier).values():
        generated = it["Properties"]["GenerateSecretString"]
        assert (generated["GenerateStringKey"], generated["PasswordLength"]) == ("password", 32)
        assert generated["ExcludePunctuation"] is True
        assert "password" not in str(generated["SecretStringTemplate"])


def test_another_password_length_generates_no_secret_anew_and_is_told_to_the_rotations(
    dev: Tier, synthesize: Callable[[Environment], Tier]
) -> None:
    settings = load_environment("dev")
    longer = settings.credentials.model_copy(update={"password_length": 64})
    other = synthesize(settings.model_copy(update={"credentials": longer}))
    assert secrets(other) == secrets(dev)
    told = [
        it["Environment"]["Variables"]["PASSWORD_LENGTH"]
        for it in other.stack("rotation").properties("AWS::Lambda::Function")
        if "PASSWORD_LENGTH" in it["Environment"]["Variables"]
    ]
    assert told == ["64", "64"]


def test_a_logins_document_names_the_login_and_the_masters_secret(tier: Tier) -> None:
    for login in LOGINS:
        name = f"datatier/{tier.environment.name}/postgres/{login}"
        template = secrets(tier)[name]["Properties"]["GenerateSecretString"]["SecretStringTemplate"]
        text = "".join(part if isinstance(part, str) else "ARN" for part in template["Fn::Join"][1])
        assert json.loads(text) == {"username": login, "masterarn": "ARN"}


def test_a_change_of_endpoint_makes_no_new_password(tier: Tier) -> None:
    attached = tier.all("AWS::SecretsManager::SecretTargetAttachment")
    assert len(attached) == len(LOGINS) + 1
    assert {it["Properties"]["TargetType"] for it in attached} == {"AWS::RDS::DBInstance"}


def test_a_redis_document_names_the_user_for_the_rotation_to_come(tier: Tier) -> None:
    template = secrets(tier)[f"datatier/{tier.environment.name}/redis/app"]["Properties"]
    parts = template["GenerateSecretString"]["SecretStringTemplate"]["Fn::Join"][1]
    document = json.loads("".join(part if isinstance(part, str) else "123456789012" for part in parts))
    user = f"arn:aws:elasticache:us-east-1:123456789012:user:datatier-{tier.environment.name}-app"
    assert document == {"username": "app", "user_arn": user}


def test_an_application_learns_where_its_secret_is(tier: Tier) -> None:
    template = tier.stack("credentials")
    prefix = f"/datatier/{tier.environment.name}/postgres/secrets"
    assert template.parameters.keys() == {f"{prefix}/{login}" for login in LOGINS}
    assert set(template.outputs) == {f"{login.capitalize()}SecretArn" for login in LOGINS}


def test_an_application_learns_the_key_that_decrypts_its_secret(tier: Tier) -> None:
    template = tier.stack("keys")
    published = template.parameters[f"/datatier/{tier.environment.name}/secrets/key-arn"]
    keys = template.all("AWS::KMS::Key")
    (aliased,) = [
        it["TargetKeyId"]
        for it in template.properties("AWS::KMS::Alias")
        if it["AliasName"].endswith(("/secrets", "/data"))
    ]
    assert published == aliased
    assert published["Fn::GetAtt"][0] in keys


def test_prod_keeps_its_secrets_and_frees_their_names_only_after_a_failed_start(prod: Tier) -> None:
    for it in secrets(prod).values():
        assert (it["DeletionPolicy"], it["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_dev_can_be_removed_and_made_again(dev: Tier) -> None:
    assert {it["DeletionPolicy"] for it in secrets(dev).values()} == {"Delete"}
    assert {it["DeletionPolicy"] for it in dev.all("AWS::Logs::LogGroup")} == {"Delete"}


def test_keys_rotate_and_outlive_their_stack(tier: Tier) -> None:
    for it in tier.all("AWS::KMS::Key"):
        assert it["Properties"]["EnableKeyRotation"] is True
        assert (it["DeletionPolicy"], it["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_dev_pays_for_one_key_where_prod_has_one_for_each_kind_of_data(dev: Tier, prod: Tier) -> None:
    assert len(dev.all("AWS::KMS::Key")) == 1
    aliases = {it["Properties"]["AliasName"] for it in prod.all("AWS::KMS::Alias")}
    kinds = ("database", "cache", "secrets", "logs", "backup", "recovery")
    assert aliases == {f"alias/datatier/prod/{kind}" for kind in kinds}


@pytest.mark.parametrize(("name", "part"), [("dev", "keys"), ("prod", "keys"), ("prod", "recovery")])
def test_services_may_use_a_key_for_this_environments_log_groups_and_alarms_only(
    environment_of: Callable[[str], Tier], name: str, part: str
) -> None:
    tier = environment_of(name)
    services = [
        statement
        for key in tier.stack(part).properties("AWS::KMS::Key")
        for statement in key["KeyPolicy"]["Statement"]
        if "Service" in statement["Principal"]
    ]
    (logs,) = [it for it in services if "Logs" in it["Sid"]]
    assert logs["Principal"] == {"Service": "logs.amazonaws.com"}
    groups = logs["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
    assert all(f"datatier-{tier.environment.name}-*" in str(it) for it in groups)
    (alarms,) = [it for it in services if it != logs]
    assert alarms["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert f"alarm:datatier-{tier.environment.name}-*" in str(alarms["Condition"]["ArnLike"])

"""A failed deployment is explained by what went wrong first, without the frameworks' wrapping."""

from tools.rehearsal.reason import Failure, explain, from_log, plain

WRAPPED = (
    "Received response status [FAILED] from custom resource. Message returned: Error: "
    'migration 0002_orders/migration.sql, line 4: syntax error at or near "CRAETE"\n'
    "    at Runtime.handler (/var/task/index.js:1:2)\n"
    "Logs: /aws/lambda/x (RequestId: 1)"
)


def failure(text: str, *, stack: str = "datatier-prod-bootstrap", logical_id: str = "Migrate") -> Failure:
    return Failure(stack=stack, logical_id=logical_id, resource_type="Custom::DatatierBootstrap", text=text)


def test_a_custom_resources_own_message_comes_first() -> None:
    first, second = explain([failure(WRAPPED)], log="").splitlines()
    assert first == 'migration 0002_orders/migration.sql, line 4: syntax error at or near "CRAETE"'
    assert second == "  in stack datatier-prod-bootstrap, resource Migrate (Custom::DatatierBootstrap)"


def test_a_message_of_several_lines_keeps_them() -> None:
    assert (
        plain("Error: migration a, line 3: boom\nHINT: look there")
        == "migration a, line 3: boom\nHINT: look there"
    )


def test_resources_that_were_only_cancelled_are_not_the_reason() -> None:
    shown = explain([failure("Resource creation cancelled", logical_id="Other"), failure("boom")], log="")
    assert "Other" not in shown
    assert shown.startswith("boom")


def test_a_resource_type_without_a_handler_says_where_to_add_one() -> None:
    shown = from_log(
        "❌ ValidationError: Template format error: Unrecognized resource types: [AWS::RDS::DBProxy]"
    )
    assert "AWS::RDS::DBProxy" in shown
    assert "tools/rehearsal/handlers" in shown


def test_without_a_failed_resource_the_commands_last_words_are_shown_without_its_chatter() -> None:
    chatter = "✨  Synthesis time: 3s\n\ndatatier-dev-network: start: Building\n✅  datatier-dev-keys\n"
    assert from_log(chatter + "the app said no\n") == "the app said no"

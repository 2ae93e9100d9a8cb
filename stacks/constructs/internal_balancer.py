"""The one address of many tasks: a Network Load Balancer that only the VPC reaches.

It forwards TCP as it comes and never sees what is in it: TLS ends at the tasks. It never ends a connection
that still works, be its task unhealthy or leaving: the task drains, and says when it is done.
"""

from collections.abc import Sequence

from aws_cdk import aws_elasticloadbalancingv2 as elb
from constructs import Construct

from stacks.constructs.tier_stack import TierStack

HEALTH_PATH = "/health"
LOOK_SECONDS, ANSWER_SECONDS, LOOKS = 10, 5, 2
"""A task is taken out or in after two looks, ten seconds apart; each has five seconds to be answered."""


class InternalBalancer(Construct):
    """The balancer, its listener and its targets, which are addresses of tasks."""

    def __init__(
        self,
        scope: TierStack,
        id_: str,
        *,
        vpc_id: str,
        subnet_ids: Sequence[str],
        security_group_id: str,
        port: int,
        health_port: int,
        drain_seconds: int,
    ) -> None:
        """Declare them; a task that leaves gets no new connections and keeps the others `drain_seconds`."""
        super().__init__(scope, id_)
        protected = scope.tier.termination_protection
        balancer = elb.CfnLoadBalancer(
            self,
            "Balancer",
            type="network",
            scheme="internal",
            ip_address_type="ipv4",
            subnets=list(subnet_ids),
            security_groups=[security_group_id],
            load_balancer_attributes=[
                elb.CfnLoadBalancer.LoadBalancerAttributeProperty(key=key, value=_word(value))
                for key, value in (
                    # Off by default: then a zone whose only task is down answers nobody.
                    ("load_balancing.cross_zone.enabled", True),
                    ("deletion_protection.enabled", protected),
                )
            ],
        )
        targets = elb.CfnTargetGroup(
            self,
            "Tasks",
            target_type="ip",
            protocol="TCP",
            port=port,
            vpc_id=vpc_id,
            health_check_enabled=True,
            health_check_protocol="HTTP",
            health_check_path=HEALTH_PATH,
            health_check_port=str(health_port),
            health_check_interval_seconds=LOOK_SECONDS,
            health_check_timeout_seconds=ANSWER_SECONDS,
            healthy_threshold_count=LOOKS,
            unhealthy_threshold_count=LOOKS,
            matcher=elb.CfnTargetGroup.MatcherProperty(http_code="200"),
            target_group_attributes=[
                elb.CfnTargetGroup.TargetGroupAttributeProperty(key=key, value=value)
                for key, value in (
                    ("deregistration_delay.timeout_seconds", str(drain_seconds)),
                    ("deregistration_delay.connection_termination.enabled", _word(value=False)),
                    ("target_health_state.unhealthy.connection_termination.enabled", _word(value=False)),
                    ("preserve_client_ip.enabled", _word(value=False)),
                )
            ],
        )
        self.listener = elb.CfnListener(
            self,
            "Listener",
            load_balancer_arn=balancer.ref,
            protocol="TCP",
            port=port,
            default_actions=[elb.CfnListener.ActionProperty(type="forward", target_group_arn=targets.ref)],
        )
        self.host = balancer.attr_dns_name
        self.targets_arn = targets.ref
        self.dimensions = {
            "LoadBalancer": balancer.attr_load_balancer_full_name,
            "TargetGroup": targets.attr_target_group_full_name,
        }


def _word(value: bool) -> str:  # noqa: FBT001  a word of AWS's for it
    return "true" if value else "false"

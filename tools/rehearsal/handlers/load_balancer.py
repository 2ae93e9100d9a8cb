"""AWS::ElasticLoadBalancingV2::LoadBalancer, Listener, TargetGroup: a real TCP balancer on its own address.

Only network load balancers: one for applications is kept as the emulator keeps it. Here are no zones, so
nothing of cross-zone balancing is proven.
"""

from dataclasses import replace

from tools.rehearsal.errors import InvalidProperty
from tools.rehearsal.handlers.emulated import Emulated, Outcome, Request
from tools.rehearsal.properties import Properties
from tools.rehearsal.seams import BALANCERS, LISTENER_ATTRIBUTES, LISTENERS

NETWORK = "network"
TCP = "TCP"


class NetworkLoadBalancer(Emulated):
    """A load balancer; its DNS name is its address."""

    def create(self, request: Request, properties: Properties) -> Outcome:
        """Start the balancer."""
        outcome = super().create(request, properties)
        if properties.get("Type") != NETWORK:
            return outcome
        record = self.workshop.emulator.store(BALANCERS)[outcome.physical_id]
        balancer = self.workshop.fargate.balancers.start(outcome.physical_id, str(record["LoadBalancerName"]))
        record["DNSName"] = balancer.host
        for name in ("Name", "Type"):
            properties.honour(name)
        return self._named(outcome, balancer.host)

    def update(self, request: Request, physical_id: str, old: Properties, new: Properties) -> Outcome:
        """Change what is kept of it; another name is another balancer."""
        if self.replaces(physical_id, "", old, new):
            return self.create(request, new)
        outcome = super().update(request, physical_id, old, new)
        if new.get("Type") != NETWORK:
            return outcome
        if outcome.physical_id != physical_id:  # made anew by the emulator, without a balancer of ours
            raise InvalidProperty(
                f"{request.logical_id}: Name: `datatier down`, then `datatier up` renames it"
            )
        for name in ("Name", "Type"):
            new.honour(name)
        return self._named(outcome, str(outcome.attributes["DNSName"]))

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Stop the balancer."""
        self.workshop.fargate.balancers.stop(physical_id)
        super().delete(physical_id, properties)

    def _named(self, outcome: Outcome, host: str) -> Outcome:
        full = str(outcome.attributes["LoadBalancerFullName"]).replace("app/", "net/", 1)
        attributes = {**outcome.attributes, "DNSName": host, "LoadBalancerFullName": full}
        return replace(outcome, attributes=attributes, evidence=(f"balances at {host}",))


class Listener(Emulated):
    """A listener: the port that the balancer is reached through, and the group behind it."""

    def create(self, request: Request, properties: Properties) -> Outcome:
        """Listen."""
        return self._listen(request, super().create(request, properties), properties)

    def update(self, request: Request, physical_id: str, old: Properties, new: Properties) -> Outcome:
        """Listen otherwise; connections that there are go on."""
        return self._listen(request, super().update(request, physical_id, old, new), new)

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Listen no more."""
        record = self.workshop.emulator.store(LISTENERS).get(physical_id)
        super().delete(physical_id, properties)
        if record:
            self.workshop.fargate.balancers.publish(str(record["LoadBalancerArn"]))

    def _listen(self, request: Request, outcome: Outcome, properties: Properties) -> Outcome:
        record = self.workshop.emulator.store(LISTENERS)[outcome.physical_id]
        balancer = self.workshop.emulator.store(BALANCERS)[str(record["LoadBalancerArn"])]
        if balancer.get("Type") != NETWORK:
            return outcome
        if properties.text("Protocol") != TCP:
            self._function("delete")(outcome.physical_id, properties)
            raise InvalidProperty(f"{request.logical_id}: Protocol: only {TCP} is balanced here")
        attributes = properties.get("ListenerAttributes")
        self.workshop.emulator.store(LISTENER_ATTRIBUTES)[outcome.physical_id] = attributes or []  # type: ignore[assignment]  (a Store holds objects; this table holds lists)
        report = self.workshop.fargate.balancers.publish(str(record["LoadBalancerArn"]))
        where = f"{balancer['DNSName']}:{record['Port']}"
        refusal = report.listeners.get(str(record["Port"]), "there is no balancer")
        if refusal:
            self._function("delete")(outcome.physical_id, properties)
            raise InvalidProperty(f"{request.logical_id}: cannot listen at {where}: {refusal}")
        for name in ("LoadBalancerArn", "Port", "DefaultActions", "ListenerAttributes"):
            properties.honour(name)
        return replace(outcome, evidence=(f"listens at {where}",))


class TargetGroup(Emulated):
    """A target group. It counts as executed when a target was found healthy, which its service notes."""

    def create(self, request: Request, properties: Properties) -> Outcome:
        """Keep the group for the listeners to come."""
        self._check(request, properties)
        return super().create(request, properties)

    def update(self, request: Request, physical_id: str, old: Properties, new: Properties) -> Outcome:
        """Put a changed health check in force."""
        self._check(request, new)
        outcome = super().update(request, physical_id, old, new)
        self.workshop.fargate.balancers.publish_group(outcome.physical_id)
        return outcome

    def _check(self, request: Request, properties: Properties) -> None:
        if properties.get("Protocol") != TCP:
            return
        if properties.get("TargetType") != "ip":
            raise InvalidProperty(f"{request.logical_id}: TargetType: only ip, which tasks of Fargate have")
        if properties.get("HealthCheckProtocol", TCP) not in {TCP, "HTTP"}:
            raise InvalidProperty(
                f"{request.logical_id}: HealthCheckProtocol: only TCP and HTTP are asked here"
            )

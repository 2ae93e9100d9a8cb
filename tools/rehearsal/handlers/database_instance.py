"""AWS::RDS::DBInstance: a real PostgreSQL 15 with RDS's limits, or a replica that streams from one.

The endpoint is an address and port of its own on loopback. What RDS does around the server (Multi-AZ,
storage, backups, encryption at rest) is kept and shown, and never counted as proven.
"""

from dataclasses import replace
from typing import cast

from tools.rehearsal.errors import InvalidProperty
from tools.rehearsal.handlers import database_parameters
from tools.rehearsal.handlers.database_parameters import put_in_force
from tools.rehearsal.handlers.emulated import Emulated, Outcome, Request
from tools.rehearsal.properties import Properties, Value
from tools.rehearsal.seams import RDS_ATTRIBUTES, RDS_INSTANCES, Record
from tools.servers.errors import ServerError
from tools.servers.postgres import PostgresServer
from tools.servers.postgres_cluster import set_password

ENGINE = "postgres"
REPLICATION = (
    "AutomaticBackupReplicationRegion",
    "AutomaticBackupReplicationKmsKeyId",
    "AutomaticBackupReplicationRetentionPeriod",
)


class DatabaseInstance(Emulated):
    """A PostgreSQL instance, primary or replica."""

    def create(self, request: Request, properties: Properties) -> Outcome:
        """Start a server and record it under its real endpoint."""
        identifier = properties.text("DBInstanceIdentifier")
        if not identifier:
            raise InvalidProperty(f"{request.logical_id}: DBInstanceIdentifier is missing")
        self.refuse_taken(RDS_INSTANCES, identifier)
        self._destroy(identifier)  # what an attempt that was cut short has left; it was never an instance
        group = properties.text("DBParameterGroupName")
        parameters = self.workshop.region.database_parameters.get(group, {})
        source = _source(properties)
        try:
            server = self._server(request, identifier, properties, parameters, source)
        except ServerError:
            self._destroy(identifier)  # as on RDS: an instance that could not be created is not there
            raise
        if source:
            recorded = properties.with_values(self._inherited(properties, source))
            outcome = super().create(request, recorded)
            properties.learn_from(recorded)
        else:
            outcome = super().create(request, properties)
        record = self._record(identifier)
        endpoint = cast("Record", record["Endpoint"])
        endpoint.update(Address=server.host, Port=server.port)
        if source:
            self._link(identifier, record, source)
        _keep_replication(record, properties)
        role = f"replica of {source}" if source else "primary"
        evidence = f"started PostgreSQL {role} at {server.host}:{server.port}"
        if group:
            self.workshop.region.database_groups[identifier] = group
            self.workshop.took_effect(
                database_parameters.TYPE, group, f"started {identifier} with it", "Parameters", "Family"
            )
        return replace(outcome, attributes=self._attributes(record), evidence=(evidence,))

    def update(self, request: Request, physical_id: str, old: Properties, new: Properties) -> Outcome:
        """Change password and parameter group on the running server; replace it where RDS would."""
        if self.replaces(physical_id, new.get("DBInstanceIdentifier"), old, new):
            return self.create(request, new)
        if _source(new) != _source(old):
            raise InvalidProperty(
                f"{request.logical_id}: SourceDBInstanceIdentifier: a running instance is neither promoted "
                "nor made a replica in a rehearsal: `datatier down`, then `datatier up`"
            )
        server = PostgresServer.open(self.workshop.directory("postgres", physical_id))
        server.start()
        password = new.text("MasterUserPassword")
        if password and password != old.get("MasterUserPassword") and not server.is_replica:
            with server.admin_connection() as connection:
                set_password(connection, new.text("MasterUsername"), password)
        outcome = super().update(request, physical_id, old, new)
        _keep_replication(self._record(physical_id), new)
        group = new.text("DBParameterGroupName")
        if group and group != old.get("DBParameterGroupName"):
            put_in_force(
                self.workshop, physical_id, group, self.workshop.region.database_parameters.get(group, {})
            )
            self.workshop.region.database_groups[physical_id] = group
        for name in (
            "DBInstanceIdentifier",
            "DBName",
            "Engine",
            "MasterUsername",
            "SourceDBInstanceIdentifier",
        ):
            new.honour(name)  # unchanged since the server was made by them
        evidence = f"kept PostgreSQL at {server.host}:{server.port}"
        return replace(outcome, attributes=self._attributes(self._record(physical_id)), evidence=(evidence,))

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Stop and remove the server."""
        self.workshop.region.database_groups.pop(physical_id, None)
        self._destroy(physical_id)
        super().delete(physical_id, properties)

    def _server(
        self,
        request: Request,
        identifier: str,
        properties: Properties,
        parameters: dict[str, str],
        source: str,
    ) -> PostgresServer:
        if source:
            return self._replica(identifier, source, parameters)
        if properties.text("Engine") != ENGINE:
            raise InvalidProperty(f"{request.logical_id}: Engine: only {ENGINE} runs here")
        return PostgresServer.create_primary(
            directory=self.workshop.directory("postgres", identifier),
            identifier=identifier,
            master_username=properties.text("MasterUsername"),
            master_password=properties.text("MasterUserPassword"),
            database=properties.text("DBName"),
            parameters=parameters,
            authority=self.workshop.authority,
        )

    def _replica(self, identifier: str, source: str, parameters: dict[str, str]) -> PostgresServer:
        primary = PostgresServer.open(self.workshop.directory("postgres", source))
        return primary.create_replica(
            directory=self.workshop.directory("postgres", identifier),
            identifier=identifier,
            parameters=parameters,
        )

    def _inherited(self, properties: Properties, source: str) -> dict[str, Value]:
        """Return what a replica takes on from its source: engine, master, database."""
        record = self._record(source)
        names = ("Engine", "EngineVersion", "MasterUsername", "DBName")
        missing = {name: str(record[name]) for name in names if not properties.get(name)}
        return {**missing, "MasterUserPassword": ""}

    def _link(self, identifier: str, record: Record, source: str) -> None:
        record["ReadReplicaSourceDBInstanceIdentifier"] = source
        cast("list[Value]", self._record(source)["ReadReplicaDBInstanceIdentifiers"]).append(identifier)

    def _record(self, identifier: str) -> Record:
        record = self.workshop.emulator.store(RDS_INSTANCES).get(identifier)
        if record is None:
            raise InvalidProperty(f"there is no DB instance {identifier}")
        return record

    def _attributes(self, record: Record) -> dict[str, object]:
        return cast("dict[str, object]", self.workshop.emulator.call(RDS_ATTRIBUTES, record))

    def _destroy(self, identifier: str) -> None:
        directory = self.workshop.directory("postgres", identifier)
        if (directory / "server.json").is_file():
            PostgresServer.open(directory).destroy()


def _keep_replication(record: Record, properties: Properties) -> None:
    """Keep where its automated backups are to go; none is ever made."""
    for name in REPLICATION:
        record[name] = properties.get(name)


def _source(properties: Properties) -> str:
    """Return the instance that one follows, which may be named by its ARN."""
    return properties.text("SourceDBInstanceIdentifier").split(":")[-1]

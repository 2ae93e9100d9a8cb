"""Applies a script step by step: each step commits with the record of how far the script came.

A step that refuses transactions is written down before it begins and settled by the catalog afterwards. So a
run may be killed anywhere, and the next one goes on behind the last step.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lambdas.bootstrap.migrations.builds import Building, run_concurrently, wait_for_table
from lambdas.bootstrap.migrations.catalog import gives_values
from lambdas.bootstrap.migrations.errors import MigrationFailed
from lambdas.bootstrap.migrations.failure import NOTHING_KEPT, left_invalid, stopped, uncertain
from lambdas.bootstrap.migrations.history import Migration
from lambdas.bootstrap.migrations.kinds import outside_statement, procedure_of
from lambdas.bootstrap.migrations.location import locate
from lambdas.bootstrap.migrations.resumption import (
    DOUBT,
    FILE_CHANGED,
    cannot_go_on,
    digests_of,
    is_unknown,
    parts_of,
    statements_kept,
    steps_done,
)
from lambdas.bootstrap.migrations.row_state import Begun, Steps
from lambdas.bootstrap.migrations.script import Form
from lambdas.bootstrap.migrations.sent import Sent
from lambdas.bootstrap.migrations.session import Session
from lambdas.bootstrap.migrations.session_state import left_in_session
from lambdas.bootstrap.migrations.settle import Outside, Repeatable
from lambdas.bootstrap.migrations.simple_query import COMMITS_INSIDE, NOT_IN_A_TRANSACTION, Refusal


def apply_stepwise(
    session: Session, migration: Migration, form: Form, *, row_id: str, resumed: Steps | None
) -> Building | None:
    """Run the steps that are left, and record each.

    Raises:
        MigrationFailed, MigrationInterrupted, RecordChanged: as `apply_migration`.
    """
    script = migration.script
    run = _Stepwise(session=session, migration=migration, form=form, row_id=row_id, script=script)
    done = 0
    if resumed is not None:
        done = resumed.done
        run.prepare_session(done)
        session.log.warning(
            "Going on with a migration that stopped in the middle",
            migration=migration.name,
            steps=f"{done} of {len(run.steps)} are committed",
        )
        if resumed.begun is not None and run.settle(resumed, resumed.begun):
            done += 1
        elif done == len(run.steps):
            # What failed was taken out of the file.
            session.ledger.write(row_id, session.ledger.finishing_statement(row_id, steps=done, before=done))
    for number in range(done, len(run.steps)):
        building = run.apply(number)
        if building is not None:
            return building
    return None


@dataclass(kw_only=True)
class _Stepwise:
    """One script on its way."""

    session: Session
    migration: Migration
    form: Form
    row_id: str
    script: str

    def __post_init__(self) -> None:
        self.steps = parts_of(self.script)
        self.digests = digests_of(self.script, self.steps)

    def prepare_session(self, done: int) -> None:
        """Make the session what the committed steps made of theirs."""
        ledger = self.session.ledger
        ledger.clean_session(lock_timeout_seconds=self.session.policy.lock_timeout_seconds)
        ledger.adopt(self.row_id, checksum=self.migration.checksum)
        for text in statements_kept(self.script, self.steps[:done]):
            if left_in_session(text) == "setting":
                self.session.connection.execute(text.encode())

    def apply(self, number: int) -> Building | None:
        """Run one step inside a transaction with its record, or outside if it has to be."""
        step = self.steps[number]
        if step.outside:
            return self._outside(number, outside_statement(self._text(number)))
        sent = replace(
            self._part(number),
            record=self._record(number + 1),
            record_at=step.record_at,
            commits=step.open,
        )
        outcome = self.session.send(sent, atomic=self.form.doubt is None)
        refusal = outcome.refusal or self.session.left_open()
        if refusal is None:
            return None
        procedure = procedure_of(self._text(number))
        if refusal.sqlstate == COMMITS_INSIDE and procedure is not None:
            self.session.end_transaction()
            return self._committing(number, procedure)
        if refusal.sqlstate == NOT_IN_A_TRANSACTION and not refusal.nested and not step.block:
            self.session.end_transaction()
            return self._outside(number, outside_statement(self._text(number)))
        raise self._failed(number, sent, refusal, completed=len(outcome.tags), begun=None)

    def settle(self, left: Steps, begun: Begun) -> bool:
        """Find out whether a step that was begun is done, and clear up what it left.

        Raises:
            FailedEarlier: the catalog does not tell, or the file has another statement there by now.
        """
        number = left.done
        outside = outside_statement(begun.statement)
        wait_for_table(self.session, outside.works_on, migration=self.migration.name)
        verdict = outside.verdict(self.session.connection, begun.facts)
        if verdict.done is None:
            raise cannot_go_on(self.migration, left, because=DOUBT)
        if verdict.done and (number == len(self.steps) or self._text(number) != begun.statement):
            raise cannot_go_on(self.migration, left, because=FILE_CHANGED)
        for statement in verdict.first:
            self._clear(number, statement, begun)
        if verdict.done:
            self.session.ledger.write(self.row_id, self._record(number + 1))
        return verdict.done

    def _committing(self, number: int, procedure: str) -> Building | None:
        """Run a CALL or DO that commits by itself between its two records."""
        if procedure and gives_values(self.session.connection, procedure):
            # Only at the top may its output arguments be given as plain values.
            return self._outside(number, Outside())
        begun = Begun(statement="", facts={})
        first, record = self._record(number, begun=begun), self._record(number + 1)
        sent = replace(self._part(number), first=first, record=record)
        outcome = self.session.send(sent, atomic=False)
        if outcome.refusal is not None:
            raise self._failed(number, sent, outcome.refusal, completed=0, begun=begun)
        return None

    def _outside(self, number: int, outside: Outside) -> Building | None:
        session = self.session
        wait_for_table(self.session, outside.works_on, migration=self.migration.name)
        # Where the catalog tells nothing the text is of no use, and it may hold a password.
        text = "" if type(outside) is Outside else self._text(number)
        begun = Begun(statement=text, facts=outside.before(session.connection))
        for statement in outside.leftovers(session.connection):
            self._clear(number, statement, begun)
        session.ledger.write(self.row_id, self._record(number, begun=begun))
        sent = self._part(number)
        refusal, building = self._send(sent, outside)
        if building is not None:
            return building
        if refusal is not None:
            raise self._failed(number, sent, refusal, completed=0, begun=begun)
        verdict = outside.verdict(session.connection, begun.facts)
        if verdict.invalid:
            raise left_invalid(self.migration, verdict.first[0])
        session.ledger.write(self.row_id, self._record(number + 1))
        return None

    def _send(self, sent: Sent, outside: Outside) -> tuple[Refusal | None, Building | None]:
        if not outside.concurrent:
            # What may be repeated may also give way to others and try again.
            outcome = self.session.send(sent, atomic=isinstance(outside, Repeatable))
            return outcome.refusal, None
        result = run_concurrently(
            self.session, sent.query, migration=self.migration.name, watchable=outside.watchable
        )
        if isinstance(result, Building):
            return None, result
        self.session.check(sent, result)
        return result.refusal, None

    def _clear(self, number: int, statement: str, begun: Begun) -> None:
        """Remove or finish what an earlier try left, which is itself a statement outside any transaction."""
        self.session.log.warning(
            "Clearing up what an earlier try left", migration=self.migration.name, statement=statement
        )
        sent = Sent(migration=self.migration, script=statement, end=len(statement))
        result = run_concurrently(self.session, sent.query, migration=self.migration.name, watchable=False)
        if isinstance(result, Building):  # pragma: no cover  nothing unwatchable is left to the server
            raise TypeError
        self.session.check(sent, result)
        if result.refusal is not None:
            # The step may be out of the file by now.
            at_step = self._part(min(number, len(self.steps) - 1))
            message = f"{statement}: {result.refusal.message}"
            refusal = replace(result.refusal, message=message, position=None)
            raise self._failed(number, at_step, refusal, completed=0, begun=begun)

    def _failed(
        self, number: int, sent: Sent, refusal: Refusal, *, completed: int, begun: Begun | None
    ) -> MigrationFailed:
        doubt = self.form.doubt
        if begun is not None and is_unknown(begun.statement):
            doubt = "it commits by itself" if sent.first else "its statement runs outside any transaction"
        if doubt is None:
            left = self._left(number, begun)
        else:
            left = uncertain(self.migration.name, doubt, committed_to=self._committed_to(number))
        kept = bool(number) or begun is not None
        return self.session.fail(
            self.row_id,
            sent,
            refusal,
            completed=completed,
            left=left,
            logs=self._sentence(number, begun) if kept and doubt is None else None,
            nothing=not kept and doubt is None,
        )

    def _left(self, number: int, begun: Begun | None) -> str:
        if begun is None and not number:
            return NOTHING_KEPT
        invalid = () if begun is None else self._invalid(begun)
        return stopped(self._committed_to(number), invalid=invalid)

    def _committed_to(self, number: int) -> int | None:
        """The line of the file where the steps before `number` end."""
        return locate(self.script, self.steps[number - 1].end - 1).line if number else None

    def _invalid(self, begun: Begun) -> Sequence[str]:
        """Indexes that a failed build has left."""
        verdict = outside_statement(begun.statement).verdict(self.session.connection, begun.facts)
        return () if verdict.done else verdict.invalid

    def _part(self, number: int) -> Sent:
        step = self.steps[number]
        return Sent(migration=self.migration, script=self.script, start=step.start, end=step.end)

    def _text(self, number: int) -> str:
        return self.script[self.steps[number].start : self.steps[number].end]

    def _sentence(self, done: int, begun: Begun | None) -> str:
        return steps_done(self.digests, done=done, begun=begun).sentence()

    def _record(self, done: int, *, begun: Begun | None = None) -> str:
        ledger = self.session.ledger
        if done == len(self.steps) and begun is None:
            return ledger.finishing_statement(self.row_id, steps=done, before=done - 1)
        before = done - 1 if begun is None else done
        logs = None if self.form.doubt else self._sentence(done, begun)
        return ledger.step_statement(self.row_id, done=done, before=before, logs=logs)

"""The errors of the rehearsal, each with the one message that a person needs.

RehearsalError
├── EmulatorChanged       the emulator is not the version, or not the shape, that our handlers are written for
├── EmulatorDied          the emulator did not start, is gone, or runs and does not answer
├── EmulatorRefused       the emulator runs, and refused a request or left it without an answer
├── StateUnreadable       the state folder, or a record in it, cannot be read or written (bad input)
├── MachineUnknown        Lambda has no name for this machine's processor
├── StillRunning          something of an earlier tier could not be stopped
├── ToolMissing           a program or a package that the rehearsal needs is not on this machine
├── AnotherEnvironment    a tier of another environment is up: one at a time
├── Busy                  another `datatier up` or `down` is at work in the same state folder
├── NotUp                 nothing is up, and the command needs a tier
├── DeploymentFailed      a stack did not reach its goal: the reason, most important part first
└── InvalidProperty       a template asks for something that a real server refuses
"""


class RehearsalError(Exception):
    """Base of all errors of the rehearsal; its text is shown to a person as it is."""

    exit_code = 1


class EmulatorChanged(RehearsalError):
    """The emulator is not the version or the shape that the handlers are written for."""


class EmulatorDied(RehearsalError):
    """The emulator did not start, is gone, or runs and does not answer."""


class EmulatorRefused(RehearsalError):
    """The emulator refused a request or left it without an answer."""


class StateUnreadable(RehearsalError):
    """The state folder, or a record in it, cannot be read or written."""

    exit_code = 2


class MachineUnknown(RehearsalError):
    """Lambda has no name for this machine's processor."""


class StillRunning(RehearsalError):
    """Something of an earlier tier could not be stopped."""


class ToolMissing(RehearsalError):
    """A program or a package that the rehearsal needs is not on this machine."""


class AnotherEnvironment(RehearsalError):
    """A tier of another environment is up."""


class Busy(RehearsalError):
    """Another command is changing the same state folder."""


class NotUp(RehearsalError):
    """No tier is up."""


class DeploymentFailed(RehearsalError):
    """A stack did not reach its goal."""


class InvalidProperty(RehearsalError):
    """A template asks for something that a real server refuses."""

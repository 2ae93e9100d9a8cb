"""What Lambda hands to a function beside the event."""

from typing import Protocol


class Invocation(Protocol):
    """What Lambda tells a call about itself."""

    def get_remaining_time_in_millis(self) -> int:
        """How long the call may still run."""
        ...

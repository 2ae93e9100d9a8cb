"""SetupError: what the machine lacks, and what to type."""

from __future__ import annotations


class SetupError(Exception):
    """The machine cannot be made ready; the message says what to install or change."""

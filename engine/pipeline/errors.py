"""What the stages tell each other and nobody else sees."""

from __future__ import annotations


class PassedOver(Exception):
    """A provider gives nothing for this run, and the next one is asked; the message says why."""

"""What a face may do beyond looking. It belongs to the door, so that no screen and no command can forget it."""

from __future__ import annotations

from dataclasses import dataclass

from engine.domain.errors import NotAllowed, ReadOnly

_ALLOW = "Whoever runs `noktvrn serve` can allow changes with --allow-changes."


@dataclass(frozen=True, slots=True)
class Access:
    """Set once, when the door is opened. `served` marks a console that somebody sees in a browser."""

    readonly: bool = False
    served: bool = False

    @property
    def applies_patches(self) -> bool:
        """Whether patches of noktvrn's own code may be applied from here: never from a browser."""
        return not (self.readonly or self.served)

    def require_changes(self) -> None:
        """Raises ReadOnly where nothing may be changed."""
        if (refusal := self.refusal()) is not None:
            raise refusal

    def refusal(self) -> ReadOnly | None:
        """Why nothing may be changed; None where it may."""
        if not self.readonly:
            return None
        return ReadOnly(_ALLOW) if self.served else ReadOnly()

    def require_patches(self) -> None:
        """Whatever applies a patch calls this first. Raises ReadOnly, NotAllowed."""
        self.require_changes()
        if self.served:
            raise NotAllowed(
                "No patch is applied from a browser.", fix="Use the console in a terminal on the machine itself."
            )

"""Times that a person gives, and stopping when one is over."""

from __future__ import annotations

import re
import time

from nnuniverse.cli.stopping import StopRequest
from nnuniverse.errors import ConfigError


def seconds_of(option: str, text: str) -> float:
    """Return the seconds of ``90``, ``90s``, ``45m`` or ``1h30m``."""
    parts = re.fullmatch(r"(?:(\d{1,6})h)?(?:(\d{1,8})m)?(?:(\d{1,9})s?)?", text)
    if not parts or not any(parts.groups()):
        raise ConfigError(f"`{option}`", "be a time", f"is {text!r}", f"{option} 1h30m")
    hours, minutes, seconds = (int(part or 0) for part in parts.groups())
    return 3600.0 * hours + 60.0 * minutes + seconds


class StopAtLimit:
    """Whether to stop: asked by a signal, or at the end of the time given."""

    def __init__(self, seconds: float | None) -> None:
        self._asked = StopRequest("stopping; runs are checkpointed; again to stop at once")
        self._deadline = None if seconds is None else time.monotonic() + seconds

    def __call__(self) -> bool:
        """Return whether to stop."""
        late = self._deadline is not None and time.monotonic() >= self._deadline
        return self._asked() or late

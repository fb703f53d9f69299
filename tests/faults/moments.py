"""Moments at which a process kills itself: right before or right after a call of one of our functions."""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from importlib import import_module
from typing import Any, Literal


@dataclass(frozen=True)
class Moment:
    """Before or after the n-th call of a function, named `module:function` or `module:Class.method`."""

    when: Literal["before", "after"]
    function: str
    call: int = 1

    def arm(self) -> None:
        """Have this process killed at the moment. The function is looked up where it is named, so name its caller's."""
        module, _, path = self.function.partition(":")
        *owners, name = path.split(".")
        owner: Any = import_module(module)
        for part in owners:
            owner = getattr(owner, part)
        setattr(owner, name, self._deadly(getattr(owner, name)))

    def _deadly(self, function: Callable[..., Any]) -> Callable[..., Any]:
        left = self.call

        @wraps(function)
        def counting(*given: Any, **named: Any) -> Any:
            nonlocal left
            left -= 1
            is_last = left == 0
            if is_last and self.when == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            result = function(*given, **named)
            if is_last:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return counting

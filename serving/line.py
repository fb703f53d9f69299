"""Calls that wait for their turn at the same time are answered together."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

CALLS_AT_ONCE = 16  # so that whatever else the server is asked does not wait for long

Names = Sequence[str]
Waiting = tuple[Names, "asyncio.Future[bytes]"]


class Line:
    """Where calls for a few customers stand in the event loop; it belongs to one loop.

    A call that comes alone is answered at once and alone. Those that came while another was worked on are read from
    the store and predicted as one, which costs a third of what they cost one by one: after a moment in which the
    machine had no time for us, the line is gone sooner.
    """

    def __init__(self, answers: Callable[[Sequence[Names]], list[bytes]]) -> None:
        self._answers = answers
        self._waiting: deque[Waiting] = deque()

    async def ask(self, names: Names) -> bytes:
        """The answer for those customers.

        Raises:
            TagloopError: As for this call alone; what is wrong with another call does not matter.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[bytes] = loop.create_future()
        self._waiting.append((names, answer))
        if len(self._waiting) == 1:
            loop.call_soon(self._next, loop)
        return await answer

    def _next(self, loop: asyncio.AbstractEventLoop) -> None:
        """Answer those who stand in front; the others in the loop's next turn."""
        count = min(len(self._waiting), CALLS_AT_ONCE)
        self._answer([self._waiting.popleft() for _ in range(count)])
        if self._waiting:
            loop.call_soon(self._next, loop)

    def _answer(self, calls: Sequence[Waiting]) -> None:
        calls = [(names, answer) for names, answer in calls if not answer.done()]  # some callers went away
        try:
            bodies = self._answers([names for names, _ in calls]) if calls else []
        except Exception as error:  # noqa: BLE001 (whatever it is, the caller is told)
            self._tell(calls, error)
            return
        for (_, answer), body in zip(calls, bodies, strict=True):
            answer.set_result(body)

    def _tell(self, calls: Sequence[Waiting], error: Exception) -> None:
        """Only a call that fails alone has failed."""
        if len(calls) == 1:
            calls[0][1].set_exception(error)
        else:
            for call in calls:
                self._answer([call])

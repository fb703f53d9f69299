"""What a training works out before it writes anything, remembered from one that came to its end.

A training that is killed fifty times would spend its time on sums that leave no trace. With the same data they come
out the same, so one process writes them down and the others read them; all that touches a disk is done by each.
"""

import io
from collections import defaultdict
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any

import cloudpickle  # type: ignore[import-untyped]  # for contests, which hold functions
from matplotlib.figure import Figure

WORKED_OUT = ("build_panel", "hold", "track", "fit_final", "form_segments")  # as training.learn calls them


class Remembered:
    """Results in the order of the calls, for each function; kept in a file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._results: dict[str, list[Any]] = defaultdict(list)
        self._is_known = file.exists()
        if self._is_known:
            self._results.update(cloudpickle.loads(file.read_bytes()))

    def __enter__(self) -> "Remembered":
        training: Any = import_module("training.learn")
        for name in WORKED_OUT:
            setattr(training, name, self.of(name, getattr(training, name)))
        setattr(Figure, "savefig", self._drawn(Figure.savefig))  # noqa: B010 (mypy refuses to assign to a method)
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is None and not self._is_known:
            self._file.write_bytes(cloudpickle.dumps(dict(self._results)))

    def of(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, which answers from memory where there is one."""

        @wraps(function)
        def remembering(*given: Any, **named: Any) -> Any:
            if self._is_known:
                return self._results[name].pop(0)
            self._results[name].append(function(*given, **named))
            return self._results[name][-1]

        return remembering

    def _drawn(self, draw: Callable[..., None]) -> Callable[..., None]:
        def picture(figure: Figure, form: str, options: dict[str, Any]) -> bytes:
            sink = io.BytesIO()
            draw(figure, sink, format=form, **options)
            return sink.getvalue()

        remembering = self.of("savefig", picture)

        def savefig(figure: Figure, target: Any, *, format: str | None = None, **options: Any) -> None:  # noqa: A002
            is_path = isinstance(target, str | Path)
            content = remembering(figure, format or (Path(target).suffix[1:] if is_path else "png"), options)
            if is_path:
                Path(target).write_bytes(content)
            else:
                target.write(content)

        return savefig

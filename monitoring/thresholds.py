"""From where on a figure alarms: named, in one file, read by the checks, the API and the page alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from core.errors import FieldError, InvalidInputError
from core.language import Text
from core.wrong_values import field_errors
from monitoring.finding import CRITICAL, WARNING, Alarm

OWN_FILE = "monitoring.yaml"


class Meaning(BaseModel):
    """What a figure is, by language."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    en: str
    zh: str


class Threshold(BaseModel):
    """The two levels of one figure; where `critical` is the lower one, small figures are bad."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    warning: float
    critical: float
    meaning: Meaning

    def alarm(self, value: float) -> Alarm | None:
        """What a figure calls for; a figure at a level has reached it, and one that is not known calls for nothing.

        >>> limit = Threshold(warning=0.1, critical=0.2, meaning=Meaning(en="", zh=""))
        >>> limit.alarm(0.05), limit.alarm(0.1), limit.alarm(0.3), limit.alarm(float("nan"))
        (None, 'warning', 'critical', None)
        """
        sign = -1.0 if self.critical < self.warning else 1.0
        if sign * value >= sign * self.critical:
            return CRITICAL
        return WARNING if sign * value >= sign * self.warning else None


@dataclass(frozen=True)
class Thresholds:
    """All of them, by name."""

    by_name: Mapping[str, Threshold]

    def __getitem__(self, name: str) -> Threshold:
        return self.by_name[name]


class _Levels(BaseModel):
    """What a home may change of a threshold."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    warning: float | None = None
    critical: float | None = None


def read_thresholds(home: Path | None = None) -> Thresholds:
    """The thresholds, with what the home's own file changes.

    Raises:
        InvalidInputError: The home's file is no YAML, or names a threshold or level that there is not.
    """
    given = _defaults()
    own = {} if home is None else _own(home / OWN_FILE, given)
    return Thresholds(
        {name: one.model_copy(update=own.get(name, {})) for name, one in given.items()},
    )


def _defaults() -> dict[str, Threshold]:
    text = resources.files("monitoring").joinpath("thresholds.yaml").read_text(encoding="utf-8")
    return {name: Threshold.model_validate(values) for name, values in yaml.safe_load(text).items()}


def _own(file: Path, known: Mapping[str, Threshold]) -> dict[str, dict[str, float]]:
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidInputError("{file} is no valid YAML: {problem}", file=file, problem=error) from None
    if content is None:
        return {}
    wrong, levels = _checked(content, known)
    if wrong:
        raise InvalidInputError(
            "{file}: {count} entries are wrong", file=file, count=len(wrong), fields=wrong
        )
    return levels


def _checked(
    content: Any, known: Mapping[str, Threshold]
) -> tuple[tuple[FieldError, ...], dict[str, dict[str, float]]]:
    if not isinstance(content, dict):
        return (FieldError(OWN_FILE, Text("expected names of thresholds with their levels")),), {}
    wrong: list[FieldError] = []
    levels: dict[str, dict[str, float]] = {}
    for name, values in content.items():
        if name not in known:
            text = Text("there is no such threshold; there is: {known}", {"known": ", ".join(known)})
            wrong.append(FieldError(str(name), text, "unknown"))
            continue
        try:
            levels[name] = _Levels.model_validate(values).model_dump(exclude_none=True)
        except ValidationError as error:
            wrong += field_errors(error, whole=str(name))
    return tuple(wrong), levels

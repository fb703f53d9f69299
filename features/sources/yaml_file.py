"""A YAML file as plain text values, with the line of every key, so that an error can point at it."""

from pathlib import Path
from typing import Any

import yaml

from core.errors import InvalidInputError

Location = tuple[str | int, ...]


class YamlFile:
    """What a YAML file says: nested dicts and lists whose leaves are text exactly as written.

    Leaves stay text, so `no`, `08:30` and `0012` are never taken for a truth value, a number of minutes or a
    number; whoever reads a value converts it.

    Raises:
        InvalidInputError: There is no such file, it is not UTF-8 text, not YAML, or a key is there twice.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lines: dict[Location, int] = {}
        node = self._compose()
        self.data: Any = {} if node is None else self._value(node, ())

    def line(self, location: Location) -> int:
        """The line of a key, or of the nearest key above it that the file has; the first line is 1."""
        while location not in self._lines and location:
            location = location[:-1]
        return self._lines.get(location, 1)

    def _compose(self) -> yaml.Node | None:
        try:
            return yaml.compose(self.path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        except FileNotFoundError:
            raise InvalidInputError("{file}: there is no such file", file=self.path) from None
        except (UnicodeDecodeError, OSError, yaml.YAMLError) as error:
            problem = " ".join(str(error).split())
            raise InvalidInputError(
                "{file} cannot be read as YAML: {problem}", file=self.path, problem=problem
            ) from None

    def _value(self, node: yaml.Node, location: Location) -> Any:
        self._lines.setdefault(location, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._dict(node, location)
        if isinstance(node, yaml.SequenceNode):
            return [self._value(child, (*location, index)) for index, child in enumerate(node.value)]
        return node.value

    def _dict(self, node: yaml.MappingNode, location: Location) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key, line = str(key_node.value), key_node.start_mark.line + 1
            if key in found:
                raise InvalidInputError(
                    "{file}, line {line}: the key {key} is there twice", file=self.path, line=line, key=key
                )
            self._lines[(*location, key)] = line
            found[key] = self._value(value_node, (*location, key))
        return found

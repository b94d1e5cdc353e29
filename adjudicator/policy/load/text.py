"""YAML read as text: every scalar stays the text that stands in the file, and every place knows its line.

Plain YAML turns procedure ``00100`` into 64, ``1E5`` into a float and state ``NO`` into False. Here a document is made
of mappings, lists and text only; the document models give text its meaning.
"""

from typing import Any

import yaml

from adjudicator.policy.load.mistakes import PolicyError, shown

Place = tuple[str | int, ...]
"""Keys and positions (from 0) that lead to a place in a document."""

_Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class Text:
    """One file's content with the line of every place, and the mistakes found in it so far."""

    def __init__(self, file: str, content: bytes) -> None:
        """Read a file; what is wrong with its YAML joins ``mistakes`` and leaves ``value`` empty or partial."""
        self.file = file
        self.value: Any = None
        self.mistakes: list[PolicyError] = []
        self.warnings: list[PolicyError] = []
        self._lines: dict[Place, int] = {}
        self._seen: set[int] = set()
        self._aliases: list[Place] = []
        self._misread: list[tuple[int, Place, str]] = []
        try:
            node = yaml.compose(content.decode("utf-8"), Loader=_Loader)
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            self.mistakes.append(PolicyError(file, line, "", "found bytes that are not UTF-8; save the file as UTF-8"))
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self.mistakes.append(
                PolicyError(file, mark.line + 1 if mark else 1, "", f"found no valid YAML ({error.problem}); mend it")
            )
        except yaml.YAMLError:
            self.mistakes.append(
                PolicyError(file, 1, "", "found characters that YAML does not allow; write printable text")
            )
        else:
            if node is None:
                self.mistakes.append(PolicyError(file, 1, "", "found nothing; write a document that begins with kind"))
            else:
                self.value = self._read(node, ())
                for line, place, message in self._misread:
                    self.mistakes.append(PolicyError(file, line, self.path(place), message))

    def mistake(self, place: Place, message: str) -> None:
        """Note a mistake at a place, or at the nearest place above it that the file has; an alias has been told already."""
        if any(place[: len(alias)] == alias for alias in self._aliases):
            return
        self.mistakes.append(PolicyError(self.file, self.line(place), self.path(place), message))

    def warn(self, place: Place, message: str) -> None:
        """Note what is doubtful at a place; the set can be put in force all the same."""
        self.warnings.append(PolicyError(self.file, self.line(place), self.path(place), message))

    def line(self, place: Place) -> int:
        """The line of a place, or of the nearest place above it that the file has."""
        while place and place not in self._lines:
            place = place[:-1]
        return self._lines.get(place, 1)

    def path(self, place: Place) -> str:
        """A place for people: list entries go by their id, first day or code, else by their position from 1."""
        path = ""
        value: Any = self.value
        for step in place:
            if isinstance(step, str):
                path += f".{step}" if path else step
                value = value.get(step) if isinstance(value, dict) else None
            else:
                value = value[step] if isinstance(value, list) and step < len(value) else None
                name = (
                    next((value[key] for key in ("id", "effective", "name") if key in value), None)
                    if (isinstance(value, dict))
                    else None
                )
                path += f"[{name if isinstance(name, str) and name else step + 1}]"
        return path

    def at(self, place: Place) -> Any:
        """What stands at a place; None when nothing does."""
        value = self.value
        for step in place:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return None
        return value

    def known(self, location: tuple[str | int, ...]) -> Place:
        """A validator's location without the steps that do not stand in the file (it names union members as well)."""
        place: Place = ()
        value = self.value
        steps = [step for step in location if not str(step).startswith("<")]
        for position, step in enumerate(steps):
            last = position == len(steps) - 1
            if isinstance(value, dict) and isinstance(step, str) and (step in value or last):
                value, place = value.get(step), (*place, step)
            elif isinstance(value, list) and isinstance(step, int) and step < len(value):
                value, place = value[step], (*place, step)
        return place

    def _read(self, node: yaml.Node, place: Place) -> Any:
        self._lines.setdefault(place, node.start_mark.line + 1)
        if id(node) in self._seen:
            self._aliases.append(place)
            self._misread.append(
                (self._lines[place], place, "found a YAML alias (*); write the content out: every version is complete")
            )
            return ""
        self._seen.add(id(node))
        if isinstance(node, yaml.ScalarNode):
            return node.value
        if isinstance(node, yaml.SequenceNode):
            return [self._read(item, (*place, position)) for position, item in enumerate(node.value)]
        return self._mapping(node, place)

    def _mapping(self, node: yaml.Node, place: Place) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self._misread.append((line, place, "found a list or mapping as a key; write a word"))
                continue
            key = key_node.value
            if key in mapping:
                first = self._lines[(*place, key)]
                message = f"found {shown(key)} a second time (first in line {first}); write it once"
                self._misread.append((line, place, message))
                continue
            self._lines[(*place, key)] = line
            mapping[key] = self._read(value_node, (*place, key))
        return mapping

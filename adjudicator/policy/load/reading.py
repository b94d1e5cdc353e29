"""One file's text checked against the model of its kind; what does not fit is told to the person who wrote it."""

import difflib
import types
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, Tag, ValidationError

from adjudicator.policy.load.mistakes import either, shown
from adjudicator.policy.load.text import Text

ModelT = TypeVar("ModelT", bound=BaseModel)
Location = tuple[str | int, ...]


def read_as(model: type[ModelT], text: Text) -> ModelT | None:
    """A file's content as a model; None when it does not fit, with every reason among the text's mistakes."""
    try:
        return model.model_validate(text.value)
    except ValidationError as errors:
        for error in errors.errors(include_url=False):
            message = _message(model, error["type"], error["loc"], error["msg"], error["input"], error.get("ctx", {}))
            if message:
                text.mistake(text.known(error["loc"]), message)
        return None


def fields_of(model: type[BaseModel]) -> dict[str, Any]:
    """The fields of a model by the word that stands in the file."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _message(
    model: type[BaseModel], error: str, location: Location, message: str, found: Any, context: dict[str, Any]
) -> str:
    """One validation error in our words; empty for one that only follows from another."""
    if error == "missing":
        owner = _model_at(model, location[:-1])
        field = fields_of(owner).get(str(location[-1])) if owner else None
        meaning = f" ({field.description.rstrip('.')})" if field is not None and field.description else ""
        return f"found no {location[-1]}; write {location[-1]}{meaning}"
    if error == "extra_forbidden":
        owner = _model_at(model, location[:-1])
        words = list(fields_of(owner)) if owner else []
        return f"found unknown word {location[-1]}; write {either(_meant(str(location[-1]), words) or words)}"
    if error == "literal_error":
        return f"found {shown(found)}; write {context['expected'].replace(chr(39), '')}"
    if error in ("tuple_type", "list_type"):
        return f"found {shown(found)}; write a list"
    if error in ("model_type", "dict_type", "model_attributes_type"):
        return f"found {shown(found)}; write a mapping"
    if error in ("too_short", "too_long"):
        return _length_message(error, found, context)
    return message


def _meant(found: str, words: list[str]) -> list[str]:
    """The words that somebody may have meant: those that begin alike, else the closest in spelling."""
    alike = [word for word in words if word.startswith(found) or found.startswith(word)]
    return alike or difflib.get_close_matches(found, words, n=1, cutoff=0.7)


def _length_message(error: str, found: Any, context: dict[str, Any]) -> str:
    if error == "too_long":
        return f"found {len(found)} entries; write at most {context['max_length']}"
    return "" if isinstance(found, list) and found else f"found {shown(found)}; write at least one entry"


def _model_at(model: type[BaseModel], location: Location) -> type[BaseModel] | None:
    """The model that a location's mapping was checked against."""
    annotation: Any = model
    for step in location:
        annotation = _inside(annotation, step)
    for member in _members(annotation):
        if isinstance(member, type) and issubclass(member, BaseModel):
            return member
    return None


def _inside(annotation: Any, step: str | int) -> Any:
    for member in _members(annotation, step):
        if isinstance(member, type) and issubclass(member, BaseModel):
            if isinstance(step, str) and step.startswith("<"):
                return member
            field = fields_of(member).get(str(step))
            if field is not None:
                return field.annotation
        elif get_origin(member) is tuple:
            return get_args(member)[0]
        elif get_origin(member) is dict:
            return get_args(member)[1]
    return None


def _members(annotation: Any, step: str | int = "") -> list[Any]:
    """What an annotation may be, without its wrappers; a tagged member only when its tag is asked for or none is."""
    if get_origin(annotation) is Annotated:
        inner, *notes = get_args(annotation)
        tags = [note.tag for note in notes if isinstance(note, Tag)]
        if tags and isinstance(step, str) and step.startswith("<") and step not in tags:
            return []
        return _members(inner, step)
    if get_origin(annotation) in (Union, types.UnionType):
        return [member for part in get_args(annotation) for member in _members(part, step)]
    return [annotation]

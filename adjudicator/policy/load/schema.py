"""What people and editors read about policy documents, generated from the document models so that it cannot be wrong."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic.json_schema import models_json_schema

from adjudicator.policy.load.condition_documents import Condition
from adjudicator.policy.load.documents import DOCUMENTS, FOLDERS
from adjudicator.policy.load.example_documents import ExamplesDocument
from adjudicator.policy.load.mistakes import either
from adjudicator.policy.load.reading import fields_of
from adjudicator.policy.load.rule_documents import Outcome
from adjudicator.policy.load.scalars import Written
from adjudicator.policy.load.versions import Cite, Withdrawal


def json_schema() -> dict[str, Any]:
    """The JSON Schema of every policy file: ``kind`` picks the document, and a file without one holds examples."""
    models: list[type[BaseModel]] = [*DOCUMENTS.values(), ExamplesDocument]
    references, definitions = models_json_schema([(model, "validation") for model in models])
    picked = [
        {
            "if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]},
            "then": references[model, "validation"],
        }
        for kind, model in DOCUMENTS.items()
    ]
    examples = references[ExamplesDocument, "validation"]
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Policy documents and the examples beside them",
        "type": "object",
        "properties": {"kind": {"enum": list(DOCUMENTS)}},
        "allOf": [*picked, {"if": {"not": {"required": ["kind"]}}, "then": examples}],
        "$defs": _plain(definitions["$defs"]),
    }


def reference() -> str:
    """Every document kind and every word of a condition, as Markdown."""
    parts: list[str] = []
    for kind, model in DOCUMENTS.items():
        home = f"{FOLDERS[kind]}/" if kind in FOLDERS else f"{kind}.yaml"
        parts.append(f"### kind: {kind}\n\nStands in `{home}`.\n")
        parts.extend(_tables(model, set(_SHARED)))
    parts.append("### Parts that many kinds share\n")
    for shared in _SHARED:
        parts.extend(_tables(shared, set(_SHARED) - {shared}))
    parts.append("### Examples\n\nStand in `NAME.test.yaml` beside `NAME.yaml`.\n")
    parts.extend(_tables(ExamplesDocument, set(_SHARED)))
    return "\n".join(parts)


_WITHDRAWAL = {"$ref": "#/$defs/Withdrawal"}
_SHARED: tuple[type[BaseModel], ...] = (Cite, Withdrawal, Outcome, Condition)


def _plain(schema: Any) -> Any:
    """A schema without generated titles and null, which no file can say; `withdrawn` tells the two kinds of version apart."""
    if isinstance(schema, list):
        return [_plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {
        key: _plain(value)
        for key, value in schema.items()
        if key != "default" and not (key == "title" and isinstance(value, str))
    }
    choices = plain.get("anyOf") or plain.get("oneOf")
    if isinstance(choices, list) and _WITHDRAWAL in choices:
        (version,) = (choice for choice in choices if choice != _WITHDRAWAL)
        return {"if": {"required": ["withdrawn"]}, "then": _WITHDRAWAL, "else": version}
    if isinstance(choices, list) and {"type": "null"} in choices:
        choices = [choice for choice in choices if choice != {"type": "null"}]
        plain.pop("anyOf")
        plain = {**plain, **choices[0]} if len(choices) == 1 else {**plain, "anyOf": choices}
    return plain


def _tables(model: type[BaseModel], told: set[type[BaseModel]]) -> Iterator[str]:
    """A table for a model and each model below it, once."""
    told.add(model)
    rows = ["| Word | Write | Meaning |", "|---|---|---|"]
    below: list[type[BaseModel]] = []
    for word, field in fields_of(model).items():
        needed = "" if field.is_required() else " (optional)"
        rows.append(f"| `{word}`{needed} | {_written(field).replace('|', '/')} | {field.description or ''} |")
        below += [inner for inner in _models(field.annotation) if inner not in told and inner not in below]
    yield f"**{_sentence(model)}**\n\n" + "\n".join(rows) + "\n"
    for inner in below:
        if inner not in told:
            yield from _tables(inner, told)


def _sentence(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").strip().splitlines()[0]


def _opening(model: type[BaseModel]) -> str:
    """The sentence of a model inside another sentence."""
    sentence = _sentence(model).rstrip(".")
    return sentence[:1].lower() + sentence[1:]


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def _written(field: FieldInfo) -> str:
    """What to write for a field, in words."""
    for note in field.metadata:
        if isinstance(note, Written):
            return note.write
    return _phrase(field.annotation)


def _phrase(annotation: Any) -> str:
    if get_origin(annotation) is Annotated:
        inner, *notes = get_args(annotation)
        return next((note.write for note in notes if isinstance(note, Written)), None) or _phrase(inner)
    if get_origin(annotation) is Literal:
        return either(str(word) for word in get_args(annotation))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"a mapping: {_opening(annotation)}"
    if get_origin(annotation) is tuple:
        return f"a list of: {_phrase(get_args(annotation)[0])}"
    if get_origin(annotation) is dict:
        key, value = get_args(annotation)
        return f"a mapping: {_phrase(key)} to {_phrase(value)}"
    phrases = [_phrase(part) for part in get_args(annotation) if part is not type(None)]
    return either(dict.fromkeys(phrases)) if phrases else "a text"

"""Policy files in, a ``PolicySet`` out, or every mistake at once with its file and line.

The one package below the shell that reads files. ``load_policies`` reads a folder; ``compile_policies`` takes the files
as bytes, so that an archive of a policy set (its ``content_of``, kept under its ``digest_of``) gives the same set again.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from adjudicator.model.decision import Verdict
from adjudicator.policy.load.checks import check
from adjudicator.policy.load.compile import compile_library
from adjudicator.policy.load.example_coverage import RuleCoverage, measure_examples
from adjudicator.policy.load.examples import Adjudicate, ExampleResult, doubts_of_examples, read_examples, run_examples
from adjudicator.policy.load.library import Library, content_of, digest_of, is_table
from adjudicator.policy.load.mistakes import PolicyError, PolicyErrors
from adjudicator.policy.load.schema import json_schema, reference
from adjudicator.policy.load.table_files import Progress, content_at
from adjudicator.policy.policy_set import PolicySet

__all__ = [
    "ExampleResult",
    "PolicyError",
    "PolicyErrors",
    "RuleCoverage",
    "compile_policies",
    "content_of",
    "digest_of",
    "inspect_policies",
    "json_schema",
    "load_policies",
    "measure_examples",
    "read_files",
    "reference",
    "run_examples",
]

NO_RULES: Mapping[str, tuple[Verdict, ...]] = MappingProxyType({})
_DOCUMENTS = (".yaml", ".yml")
_NO_POLICIES = ("data", "samples")
"""Folders beside the policies that hold people and claims to try them on: never part of a set, its digest or its archive."""


def load_policies(root: Path, rules: Mapping[str, tuple[Verdict, ...]] = NO_RULES) -> PolicySet:
    """Load the policy set of a folder.

    Args:
        root: the folder that holds ``payer.yaml``.
        rules: the engine's rules (``engine.RULES``); each must have an answer of its kinds. Empty leaves that check out.

    Raises:
        PolicyErrors: with every mistake in every file.
    """
    return compile_policies(read_files(root), rules)


def read_files(root: Path) -> dict[str, bytes]:
    """The documents, tables and examples below a folder, by their path from it.

    Hidden files and folders are left out, and so are the folders ``data`` and ``samples``. Of a large table only its
    checksum is kept (``LargeFile``): it is read from where it lies.

    Raises:
        PolicyErrors: the folder is not there, or holds no payer.
    """
    if not root.is_dir():
        raise PolicyErrors(
            [PolicyError(str(root), 1, "", "found no such folder; write the folder that holds payer.yaml")]
        )
    if not (root / "payer.yaml").is_file():
        near = next((str(path.parent) for path in sorted(root.glob("*/payer.yaml"))), "the folder that holds it")
        raise PolicyErrors([PolicyError("payer.yaml", 1, "", f"found no such file in {root}; write {near}")])
    paths = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
    visible = (
        path
        for path in paths
        if path.parts[0] not in _NO_POLICIES and not any(part.startswith(".") for part in path.parts)
    )
    files: dict[str, bytes] = {}
    for path in sorted(visible):
        if path.suffix in _DOCUMENTS:
            files[path.as_posix()] = (root / path).read_bytes()
        elif is_table(path.as_posix()):
            files[path.as_posix()] = content_at(root / path)
    return files


def compile_policies(
    files: Mapping[str, bytes],
    rules: Mapping[str, tuple[Verdict, ...]] = NO_RULES,
    progress: Progress | None = None,
) -> PolicySet:
    """Compile policy files, given by their path from the root of the set.

    Args:
        files: content by path; examples and other files are ignored.
        rules: the engine's rules, each of which must have an answer; empty leaves that check out.
        progress: told how far the compiling of a big table is: path, bytes read, bytes in all.

    Raises:
        PolicyErrors: with every mistake in every file.
    """
    library = Library(files, progress)
    mistakes = check(library, rules)
    if mistakes:
        raise PolicyErrors(mistakes)
    return compile_library(library)


def inspect_policies(
    files: Mapping[str, bytes],
    rules: Mapping[str, tuple[Verdict, ...]],
    adjudicate: Adjudicate,
    progress: Progress | None = None,
) -> tuple[PolicySet, tuple[PolicyError, ...]]:
    """Compile policy files as ``compile_policies`` does, examples read as well, and look for what is no mistake but doubtful.

    Returns:
        The set, and the warnings: a set with warnings can be put in force.

    Raises:
        PolicyErrors: with every mistake in every file, examples included.
    """
    library = Library(files, progress)
    mistakes = [*check(library, rules), *read_examples(files)[1]]
    if mistakes:
        raise PolicyErrors(mistakes)
    policies = compile_library(library)
    _, measured = measure_examples(files, policies, adjudicate)
    holes = [hole for rule in measured if rule.of_policy for hole in rule.told()]
    doubts = doubts_of_examples(files, {*rules, *(rule.rule for rule in measured)})
    return policies, tuple(sorted({*library.warnings, *holes, *doubts}))

"""Plants faults in the rules and shows which of them no example notices.

    python tests/seeded_faults.py [--each 2] [--seed 1] [--only NAME] [--part 1/4]

Every edit and every condition word is changed in small ways, one at a time: a comparison shifted or turned round, a
condition negated or a part of it left out, an answer left out, `and` made `or`, a number shifted by one. After each change
the examples beside the policies run, then, where they notice nothing, the tests of the rules. A fault that nothing notices
survives: nobody has pinned that boundary down. Of several parts each plants every so manieth fault, so that they can run
side by side.
"""

import argparse
import ast
import contextlib
import copy
import inspect
import io
import random
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import msgspec
import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from adjudicator.edits import EDITS  # noqa: E402
from adjudicator.engine import RULES, adjudicate  # noqa: E402
from adjudicator.policy import conditions, file_conditions, service_conditions  # noqa: E402
from adjudicator.policy.load import compile_policies, read_files, run_examples  # noqa: E402

DEMO = ROOT / "policies" / "demo"
TESTS = (
    "tests/policy/test_conditions.py",
    "tests/policy/test_file_conditions.py",
    *(
        f"tests/engine/test_{name}.py"
        for name in (
            "sentences",
            "which_approval",
            "approvals",
            "edits",
            "people",
            "data_edits",
            "coding_tables",
            "code_editing",
            "indicators",
            "surgery_and_visits",
            "terms_of_coverage",
            "code_editing",
            "indicators",
            "surgery_and_visits",
            "unsupported",
        )
    ),
)
"""Where examples of rules stand that the documents' own cannot say; the laws that hold for all claims do not count."""

OWN = (
    "adjudicator.edits",
    "adjudicator.policy.conditions",
    "adjudicator.policy.file_conditions",
    "adjudicator.policy.look_backs",
    "adjudicator.policy.service_conditions",
)
"""Where the code of the rules stands."""

_TURNED: Mapping[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_SWAPPED = {"any": "all", "all": "any", "min": "max", "max": "min"}


class Fault(msgspec.Struct, frozen=True):
    """One change to one function of a rule."""

    rule: str
    """Module and name of the edit or condition word."""
    function: Any
    line: int
    change: str
    code: CodeType

    def __str__(self) -> str:
        file = Path(inspect.getsourcefile(self.function) or "").relative_to(ROOT)
        return f"{file}:{self.line}: {self.rule}: {self.change}"


def rules() -> dict[str, list[FunctionType]]:
    """The functions that make each edit and condition word: its own, and those of the rules' modules that it calls."""
    edits: list[Callable[..., object]] = [edit.check for stage in EDITS for edit in stage.edits]
    words: Iterable[Callable[..., object]] = (
        value
        for module in (conditions, file_conditions, service_conditions)
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_")
    )
    return {_called(rule): _with_its_helpers(rule) for rule in (*edits, *words)}


def _called(rule: Callable[..., object]) -> str:
    """``data.units``: an edit and a word may share a name."""
    return f"{rule.__module__.rpartition('.')[2]}.{rule.__name__}"


def _with_its_helpers(rule: Callable[..., object]) -> list[FunctionType]:
    assert isinstance(rule, FunctionType)
    functions, waiting = [], [rule]
    while waiting:
        function = waiting.pop(0)
        if function in functions:
            continue
        functions.append(function)
        module = sys.modules[function.__module__]
        waiting += [helper for name in sorted(_names(function.__code__)) for helper in _helpers(module, name)]
    return functions


def _names(code: CodeType) -> set[str]:
    inner = (_names(constant) for constant in code.co_consts if isinstance(constant, CodeType))
    return set(code.co_names).union(*inner)


def _helpers(module: ModuleType, name: str) -> Iterator[FunctionType]:
    """What a module calls by a name, where it is the rules' own: a function, or the methods of a class or of a value's class."""
    value = vars(module).get(name)
    kind = value if isinstance(value, FunctionType | type) else type(value)
    if not kind.__module__.startswith(OWN):
        return
    if isinstance(kind, type):
        methods = (member.fget if isinstance(member, property) else member for member in vars(kind).values())
        # What a named tuple brings along is not written here.
        yield from (m for m in methods if isinstance(m, FunctionType) and m.__module__ == kind.__module__)
    elif name.startswith("_") or kind.__module__ != module.__name__:  # else the name may be an attribute's
        yield kind


def faults_of(rule: str, functions: list[FunctionType]) -> Iterator[Fault]:
    """Every change that can be made to a rule."""
    for function in functions:
        lines, first = inspect.getsourcelines(function)
        tree = ast.parse(textwrap.dedent("".join(lines)))
        for position, node in enumerate(ast.walk(tree)):
            for change, turn in _changes(node):
                mutant = copy.deepcopy(tree)
                turn(next(other for at, other in enumerate(ast.walk(mutant)) if at == position))
                ast.increment_lineno(mutant, first - 1)
                module = compile(ast.fix_missing_locations(mutant), function.__code__.co_filename, "exec")
                code = next(c for c in module.co_consts if isinstance(c, CodeType) and c.co_name == function.__name__)
                yield Fault(rule, function, first - 1 + getattr(node, "lineno", 1), change, code)


def _changes(node: ast.AST) -> Iterator[tuple[str, Callable[[Any], None]]]:
    if isinstance(node, ast.Compare):
        for at, operator in enumerate(node.ops):
            if other := _TURNED.get(type(operator)):
                written = f"`{ast.unparse(node)}` with {type(operator).__name__} turned to {other.__name__}"
                yield written, lambda found, at=at, other=other: found.ops.__setitem__(at, other())  # type: ignore[misc]
    elif isinstance(node, ast.BoolOp):
        other_operator = ast.Or if isinstance(node.op, ast.And) else ast.And
        yield f"`{ast.unparse(node)}` with and / or swapped", lambda found: setattr(found, "op", other_operator())
        for at, part in enumerate(node.values):
            neutral = ast.Constant(isinstance(node.op, ast.And))
            yield (
                f"`{ast.unparse(node)}` without `{ast.unparse(part)}`",
                lambda found, at=at, neutral=neutral: found.values.__setitem__(at, neutral),  # type: ignore[misc]
            )
    elif isinstance(node, ast.comprehension):
        for at, condition in enumerate(node.ifs):
            without = f"a comprehension without `if {ast.unparse(condition)}`"
            yield without, lambda found, at=at: found.ifs.__setitem__(at, ast.Constant(True))  # type: ignore[misc]
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        for other_value in (node.value - 1, node.value + 1):
            yield (
                f"{node.value} made {other_value}",
                lambda found, other_value=other_value: setattr(found, "value", other_value),  # type: ignore[misc]
            )
    elif isinstance(node, ast.If | ast.IfExp):
        yield f"`if {ast.unparse(node.test)}` negated", _negate_test
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield):
        yield f"`{ast.unparse(node)[:60]}` left out", lambda found: setattr(found, "value", ast.Constant(None))
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _SWAPPED:
        swapped = _SWAPPED[node.func.id]
        yield f"{node.func.id} made {swapped}", lambda found: setattr(found.func, "id", swapped)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        other_sign = ast.Sub if isinstance(node.op, ast.Add) else ast.Add
        yield f"`{ast.unparse(node)}` with the other sign", lambda found: setattr(found, "op", other_sign())


def _negate_test(node: ast.If | ast.IfExp) -> None:
    node.test = ast.UnaryOp(ast.Not(), node.test)


def chosen(each: int, seed: int) -> list[Fault]:
    """So many faults of each rule, drawn by seed; where ``each`` is 0 all of them, one of shared code only once."""
    drawn: dict[tuple[object, ...], Fault] = {}
    for rule, functions in rules().items():
        every = list(faults_of(rule, functions))
        if each:
            every = random.Random(f"{seed} {rule}").sample(every, min(each, len(every)))
        for number, fault in enumerate(every):
            key = (rule, number) if each else (fault.function, fault.line, fault.change)
            drawn.setdefault(key, fault)
    return list(drawn.values())


def survives(fault: Fault, files: Mapping[str, bytes]) -> bool:
    """Whether every example still comes out as expected with the fault in place."""
    sound = fault.function.__code__
    _plant(fault.function, fault.code)
    try:
        return _examples_hold(files) and _tests_hold()
    finally:
        _plant(fault.function, sound)


def _plant(function: FunctionType, code: CodeType) -> None:
    """Changes a function where it is, so that whoever holds it runs the change."""
    function.__code__ = code


def _examples_hold(files: Mapping[str, bytes]) -> bool:
    try:
        return all(result.passed for result in run_examples(files, compile_policies(files, RULES), adjudicate))
    except Exception:
        return False


def _tests_hold() -> bool:
    arguments = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-o", "addopts=", "--no-header"]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return pytest.main([*arguments, *(str(ROOT / test) for test in TESTS)]) == pytest.ExitCode.OK


def _part(text: str) -> tuple[int, int]:
    """``2/4``: the second of four."""
    number, of = (int(word) for word in text.split("/"))
    if not 1 <= number <= of:
        raise ValueError(text)
    return number, of


def main() -> int:
    """Plant the faults, print the survivors; 1 when there are any."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=2, help="faults of each rule; 0 for all that can be made")
    parser.add_argument("--seed", type=int, default=1, help="which faults are drawn")
    parser.add_argument("--only", default="", help="only rules whose name holds this")
    parser.add_argument("--part", type=_part, default=(1, 1), help="only this part of the faults, such as 2/4")
    arguments = parser.parse_args()
    files = read_files(DEMO)
    number, of = arguments.part
    faults = [fault for fault in chosen(arguments.each, arguments.seed) if arguments.only in fault.rule][
        number - 1 :: of
    ]
    survivors: list[Fault] = []
    for planted, fault in enumerate(faults, start=1):
        if sys.stderr.isatty():
            print(f"\r{planted}/{len(faults)} faults, {len(survivors)} survivors", end="", file=sys.stderr)
        if survives(fault, files):
            survivors.append(fault)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    for fault in survivors:
        print(fault)
    print(
        f"{len(faults)} faults in {len({fault.rule for fault in faults})} rules; survivors: {len(survivors) or 'none'}."
    )
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())

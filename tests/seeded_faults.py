"""Plants faults in the rules and shows which of them no example notices.

    python tests/seeded_faults.py [--each 2] [--seed 1] [--only NAME] [--part 1/4]

Every edit and every condition word is changed in small ways, one at a time: a comparison shifted or turned round, a
condition negated or a part of it left out, an answer left out, `and` made `or`, a number shifted by one. With each change
the examples beside the policies and the tests of the rules run, those that come to the changed function, until one of them
notices. A fault that nothing notices survives: nobody has pinned that boundary down. Of several parts each plants every so
manieth fault, so that they can run side by side.
"""

import argparse
import ast
import copy
import gc
import inspect
import multiprocessing
import random
import resource
import signal
import sys
import textwrap
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from itertools import zip_longest
from pathlib import Path
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any, NamedTuple, TypeVar

import msgspec
import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from adjudicator.edits import EDITS  # noqa: E402
from adjudicator.engine import adjudicate  # noqa: E402
from adjudicator.policy import conditions, file_conditions, service_conditions  # noqa: E402
from adjudicator.policy.load import read_files, run_examples  # noqa: E402
from adjudicator.policy.load.compile import compile_library  # noqa: E402
from adjudicator.policy.load.library import EXAMPLES, Library  # noqa: E402
from adjudicator.policy.policy_set import PolicySet  # noqa: E402

DEMO = ROOT / "policies" / "demo"
TESTS = (
    "tests/policy/test_conditions.py",
    "tests/policy/test_file_conditions.py",
    *(
        f"tests/engine/test_{name}.py"
        for name in (
            "sentences",
            "other_coverage",
            "which_approval",
            "approvals",
            "edits",
            "people",
            "data_edits",
            "coding_tables",
            "services",
            "code_editing",
            "indicators",
            "surgery_and_visits",
            "terms_of_coverage",
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
    code: Callable[[], CodeType]
    """The function's code with the change."""

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
                line = first - 1 + getattr(node, "lineno", 1)
                yield Fault(rule, function, line, change, partial(_changed, function, first, tree, position, turn))


def _changed(
    function: FunctionType, first: int, tree: ast.Module, position: int, turn: Callable[[Any], None]
) -> CodeType:
    mutant = copy.deepcopy(tree)
    turn(next(other for at, other in enumerate(ast.walk(mutant)) if at == position))
    ast.increment_lineno(mutant, first - 1)
    module = compile(ast.fix_missing_locations(mutant), function.__code__.co_filename, "exec")
    return next(c for c in module.co_consts if isinstance(c, CodeType) and c.co_name == function.__name__)


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


Check = str | pytest.Item
"""What can notice a fault: a file of examples, or a test."""


class Course(NamedTuple):
    """How a check goes without a fault."""

    held: bool
    seconds: float
    functions: frozenset[str]
    """Those of the rules' functions that ran."""


class Planting:
    """A plugin of pytest: the tests that pytest collected run once without a fault, then those that each fault asks for.

    Whatever runs, runs in a process of its own, so that nothing of a fault is left for the next one.
    """

    def __init__(self, faults: Sequence[Fault], files: Mapping[str, bytes]) -> None:
        self.faults = faults
        self.survivors: list[Fault] = []
        self._files = files
        self._library = Library(files)
        functions = {fault.function for fault in faults}
        self._names = {id(code): _name(function) for function in functions for code in _codes(function.__code__)}
        self._test_failed = False

    def _compile(self, *_: object, **__: object) -> PolicySet:
        """The policies anew, as a fault makes them: they have no mistakes, so that they need no check."""
        return compile_library(self._library)

    @cached_property
    def _policies(self) -> PolicySet:
        return self._compile()

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Instead of a run of all tests."""
        if session.testsfailed:
            raise session.Interrupted("tests that cannot be read notice nothing")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("tests.conftest.load_policies", self._compile)
            self._plant(session)
        return True

    def _plant(self, session: pytest.Session) -> None:
        checks: tuple[Check, ...] = (*sorted(path for path in self._files if path.endswith(EXAMPLES)), *session.items)
        courses = dict(
            zip(checks, apart(lambda: [self._followed(run) for run in self._runs(checks)]) or (), strict=True)
        )
        if failing := [check for check, course in courses.items() if not course.held]:
            raise session.Interrupted(f"these fail without any fault: {failing}")
        loaded = apart(lambda: self._followed(self._compiles))
        assert loaded is not None
        by_time = sorted(checks, key=lambda check: courses[check].seconds)
        gc.freeze()
        for planted, fault in enumerate(self.faults, start=1):
            if sys.stderr.isatty():
                print(
                    f"\r{planted}/{len(self.faults)} faults, {len(self.survivors)} survivors", end="", file=sys.stderr
                )
            name = _name(fault.function)
            # Who comes to the function itself is asked first. What runs while policies are compiled is a part of every policy.
            able = [check for check in by_time if name in courses[check].functions]
            if name in loaded.functions:
                able += [check for check in by_time if name not in courses[check].functions]
            if apart(partial(_survives, fault.function, fault.code(), self._runs(able))):
                self.survivors.append(fault)
        if sys.stderr.isatty():
            print(file=sys.stderr)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Notes a test that fails."""
        self._test_failed = self._test_failed or report.failed

    def _runs(self, checks: Sequence[Check]) -> list[Callable[[], bool]]:
        """What tells of each check whether it holds, in their order."""
        tests = [check for check in checks if isinstance(check, pytest.Item)]
        following = dict(zip_longest(tests, tests[1:]))
        return [
            partial(self._examples_hold, check)
            if isinstance(check, str)
            else partial(self._test_holds, check, following[check])
            for check in checks
        ]

    def _compiles(self) -> bool:
        return bool(self._policies.plans)

    def _examples_hold(self, path: str) -> bool:
        files = {name: content for name, content in self._files.items() if not name.endswith(EXAMPLES) or name == path}
        try:
            return all(result.passed for result in run_examples(files, self._policies, adjudicate))
        except Exception:
            return False

    def _test_holds(self, test: pytest.Item, following: pytest.Item | None) -> bool:
        test.config.hook.pytest_runtest_protocol(item=test, nextitem=following)
        return not self._test_failed

    def _followed(self, holds: Callable[[], bool]) -> Course:
        ran = set[int]()

        def note(frame: FrameType, event: str, argument: object) -> None:
            ran.add(id(frame.f_code))

        began = time.perf_counter()
        sys.setprofile(note)
        try:
            held = holds()
        finally:
            sys.setprofile(None)
        return Course(
            held, time.perf_counter() - began, frozenset(self._names[code] for code in ran & self._names.keys())
        )


def _name(function: FunctionType) -> str:
    return f"{function.__module__}.{function.__qualname__}"


def _codes(code: CodeType) -> Iterator[CodeType]:
    """A function's code and that of the functions in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _survives(function: FunctionType, changed: CodeType, checks: Iterable[Callable[[], bool]]) -> bool:
    """Whether everything still comes out as expected with a fault in place; whoever holds the function runs the change."""
    function.__code__ = changed
    return all(holds() for holds in checks)


ResultT = TypeVar("ResultT")
_FORK = multiprocessing.get_context("fork")
_SECONDS = 60
"""How long a fault may keep the processor busy: one that makes a rule go on for ever is noticed too."""


def apart(work: Callable[[], ResultT]) -> ResultT | None:
    """What some work comes to in a process of its own; None where it goes on for ever."""
    ours, theirs = _FORK.Pipe(duplex=False)

    def run() -> None:
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, hard))
        theirs.send(work())

    child = _FORK.Process(target=run)
    child.start()
    theirs.close()
    try:
        return ours.recv()  # type: ignore[no-any-return]
    except EOFError:
        child.join()
        if child.exitcode != -signal.SIGXCPU:
            raise
        return None
    finally:
        child.join()


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
    number, of = arguments.part
    faults = [fault for fault in chosen(arguments.each, arguments.seed) if arguments.only in fault.rule][
        number - 1 :: of
    ]
    planting = Planting(faults, read_files(DEMO))
    options = ["-s", "-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:xdist", "-o", "addopts="]
    ended = pytest.main([*options, *(str(ROOT / test) for test in TESTS)], plugins=[planting])
    if ended is not pytest.ExitCode.OK:
        print(f"The tests of the rules did not run ({ended!r}): see what `pytest` says of them.")
        return 2
    survivors = planting.survivors
    for fault in survivors:
        print(fault)
    print(
        f"{len(faults)} faults in {len({fault.rule for fault in faults})} rules; survivors: {len(survivors) or 'none'}."
    )
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())

"""Turns whatever ended a command into a sentence for people and an exit code; a stack trace is nobody's answer."""

import sys
import traceback

from adjudicator.cli.terminal import ATTENTION, NOT_DONE, OUR_FAILURE, Stopped


def in_words(failure: Exception) -> Stopped:
    """What ended a command. Modules that were never loaded cannot have failed, so none is loaded for this."""
    if isinstance(failure, Stopped):
        return failure
    for kind, exit_code in (
        ("adjudicator.cli.csv_table.FileMistakes", ATTENTION),
        ("adjudicator.policy.load.mistakes.PolicyErrors", ATTENTION),
        ("adjudicator.service.errors.ServiceError", NOT_DONE),
    ):
        if _is(failure, kind):
            return Stopped(str(failure), exit_code)
    if _is(failure, "adjudicator.policy.document.PolicyGap"):
        return Stopped(f"The policies cannot answer: {failure}.")
    if _is(failure, "sqlalchemy.exc.SQLAlchemyError"):
        return Stopped(f"The database cannot be used: {_first_line(getattr(failure, 'orig', None) or failure)}.")
    if _is(failure, "grpc.RpcError") and hasattr(failure, "code"):
        return Stopped(_of_server(failure))
    if isinstance(failure, ImportError):
        return Stopped(f"This needs a package that is not installed: {failure.name}.")
    if isinstance(failure, OSError):
        return Stopped(f"{failure.filename or 'A file'}: {failure.strerror or _first_line(failure)}.")
    return Stopped(
        f"adjudicator failed at {_place(failure)} ({type(failure).__name__}). This is a fault of the program: please report it.",
        OUR_FAILURE,
    )


def _is(failure: Exception, kind: str) -> bool:
    module, _, name = kind.rpartition(".")
    loaded = getattr(sys.modules.get(module), name, None)
    return isinstance(loaded, type) and isinstance(failure, loaded)


def _of_server(failure: Exception) -> str:
    code, details = failure.code(), failure.details()  # type: ignore[attr-defined]
    if code.name == "UNAVAILABLE":
        later = "Check --server, or send it again later: nothing is decided twice."
        return f"The server cannot be reached or is going down ({details}). {later}"
    if code.name == "UNAUTHENTICATED":
        return f"The server does not know your token ({details}). Check --token-file."
    return f"The server refused: {details} ({code.name})."


def _place(failure: Exception) -> str:
    frames = traceback.extract_tb(failure.__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "an unknown place"


def _first_line(failure: object) -> str:
    return (str(failure).splitlines() or [""])[0].rstrip(".")

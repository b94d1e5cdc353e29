"""What ``import adjudicator`` offers is complete, and importing the model loads no loader."""

import subprocess
import sys

import adjudicator


def test_every_public_name_is_there_and_every_home_is_public():
    for name in adjudicator.__all__:
        assert getattr(adjudicator, name) is not None
    assert set(adjudicator._HOMES) | {"__version__"} == set(adjudicator.__all__)


def test_the_core_is_imported_without_loader_database_or_wire():
    script = (
        "import sys, adjudicator, adjudicator.engine, adjudicator.explain\n"
        "print([name for name in sys.modules if name.split('.')[0] in "
        "('yaml', 'pydantic', 'sqlalchemy', 'grpc', 'google', 'logging', 'typer')])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

"""``adjudicator demo``: an invented payer with synthetic people, to try everything on."""

from pathlib import Path
from typing import Annotated

import typer

commands = typer.Typer(help="Try everything on an invented payer with synthetic people.", no_args_is_help=True)


@commands.command()
def seed(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", file_okay=False, help="Folder for the files.")],
    store: Annotated[bool, typer.Option(help="Load a database too: DIR/store.sqlite.")] = True,
) -> None:
    """Write the demo payer's synthetic data, and load a database with it.

    DIR gets the payer's own files (data/), samples/claims.837 and
    store.sqlite. Every run writes the same.

    \b
    Example:
      adjudicator demo seed --out build/demo
    """
    from adjudicator.cli.demo.seeding import load_store, write_data
    from adjudicator.cli.terminal import output

    write_data(out)
    written = [f"{out}/data/*.csv", f"{out}/samples/claims.837"]
    if store:
        load_store(out)
        written.append(f"{out}/store.sqlite")
    output().print(f"Written: {', '.join(written)}", soft_wrap=True)


@commands.command()
def run(
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", file_okay=False, help="Folder for what it makes.")
    ] = Path("build/demo"),
) -> None:
    """Run a payer from end to end: claims in, a remittance out.

    Makes the demo payer, starts a real server, sends it the sample claims over
    gRPC, explains three of them, lets a reviewer rule on one, pays what is
    final and leaves the files in DIR. It ends by itself and can be run again at
    will.

    \b
    Example:
      adjudicator demo run
    """
    from adjudicator.cli.demo.run import Demo

    Demo(out).run()

"""The command-line door: ``python cli.py COMMAND``; the same engine as the dashboard.

Each command is in the room that it is about. Everything heavy is imported inside the commands, so
that ``--help`` answers at once.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer
import typer.main

from data import commands as data_commands
from data import terminal
from data.errors import AtlasError, InputError
from events import commands as events_commands
from geo import batch_command, check_command, line_command, scenario_command, timeline_command

ROOT = Path(__file__).resolve().parent
MISTAKE = 2
"""Exit status after a mistake of the user's."""

app = terminal.group(
    "What a pullback from the line of contact would mean on the ground, and for whom."
)
app.command("scenario")(scenario_command.run)
app.command("batch")(batch_command.run)
app.command("line")(line_command.run)
app.command("timeline")(timeline_command.run)
app.command("check")(check_command.run)
app.add_typer(data_commands.app, name="data")
app.add_typer(events_commands.app, name="events")


@app.command("serve")
def serve(
    port: Annotated[str, typer.Option("--port", metavar="N", help="Where it listens.")] = "8501",
) -> None:
    """The web dashboard, at http://localhost:8501."""
    number = terminal.whole(port, "--port", most=65535)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", number))
        except OSError as fault:
            reason = (fault.strerror or str(fault)).lower()
            raise InputError(f"port {number} cannot be used ({reason}); try another.") from fault
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(number)]
    os.chdir(ROOT)
    # Not a child: whoever ends this process ends the server.
    os.execv(sys.executable, command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return the exit status; a mistake is one line on stderr and status 2."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        status = app(args=given or ["--help"], prog_name="cli.py", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read this has seen enough; Python must not try to write the rest at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except typer.TyperException as mistake:
        return _complain(_with_choices(mistake.format_message()))
    except AtlasError as mistake:
        return _complain(str(mistake))
    return int(status or 0)


def _complain(sentence: str) -> int:
    print(f"error: {' '.join(sentence.split())}", file=sys.stderr)
    return MISTAKE


def _with_choices(sentence: str) -> str:
    """The parser's complaint, with the commands there are where one was misspelt or left out."""
    if sentence.startswith(("No such command", "Missing command")):
        *first, last = _names(typer.main.get_command(app))
        return f"{sentence.rstrip('.')}; choose {', '.join(first)} or {last}."
    return sentence


def _names(command: object, name: str = "") -> Iterator[str]:
    """The full names of the commands there are, such as "data build"."""
    children = getattr(command, "commands", None)
    if children is None:
        yield name
        return
    for child_name, child in children.items():
        yield from _names(child, f"{name} {child_name}".strip())


if __name__ == "__main__":
    sys.exit(main())

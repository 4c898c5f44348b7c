"""The command line of `spigot`."""

import argparse
import contextlib
import errno
import logging
import os
import signal
import sys
from importlib import import_module
from types import FrameType
from typing import Iterator, List, Optional, Set

from bilexical.formats.line_lengths import DEFAULT_MAX_LINE_LENGTH, MAX_LINE_LENGTH_VARIABLE
from bilexical.version import VERSION

#: The subcommands, each a module of this package with `HELP`, `add_arguments` and `run`.
COMMANDS = ("new", "parse", "score", "convert", "draw", "doctor")
#: Those that read corpus files.
READ_FILES = ("parse", "score", "convert", "draw")


def main(argv: Optional[List[str]] = None) -> int:
    """
    Runs a command line, that of the process if not given, and returns the exit status: 2 after an
    error in the arguments or in a file, which is reported in one line, else what the command
    returns.
    """
    argv = sys.argv[1:] if argv is None else argv
    arguments = _parser(argv).parse_args(argv)
    logging.basicConfig(format="%(message)s", handlers=[_handler()])
    try:
        with _signals_as_exceptions(), _lines_up_to(arguments.max_line_length):
            status = arguments.run(arguments)
            if sys.stdout is not None:
                sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader has gone; at its exit Python would try to write what is left, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except (OSError, ValueError) as error:
        sys.stderr.write(f"spigot {arguments.command}: error: {_message(error)}\n")
        return 2
    return status


def _parser(argv: List[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="spigot",
        description="Tools for files of dependency trees and semantic dependency graphs, and "
        "`spigot new DIR`, which makes a folder where the commands of the README work.",
    )
    parser.add_argument("--version", action="version", version=f"spigot-allennlp {VERSION}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    # A command does not wait for the import of the others.
    for name in [name for name in COMMANDS if name in argv[:1]] or COMMANDS:
        command = import_module(f"bilexical.command_line.{name}")
        subparser = subparsers.add_parser(name, help=command.HELP, description=command.HELP)
        command.add_arguments(subparser)
        subparser.set_defaults(run=command.run, max_line_length=None)
        if name in READ_FILES:
            subparser.add_argument(
                "--max-line-length",
                type=_length,
                metavar="BYTES",
                help="refuse files with longer lines; 0 for lines of any length "
                f"(default: {DEFAULT_MAX_LINE_LENGTH})",
            )
    return parser


def _length(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"must be a number of bytes, not {text!r}")
    return int(text)


@contextlib.contextmanager
def _lines_up_to(length: Optional[int]) -> Iterator[None]:
    before = os.environ.get(MAX_LINE_LENGTH_VARIABLE)
    if length is not None:
        os.environ[MAX_LINE_LENGTH_VARIABLE] = str(length)
    try:
        yield
    finally:
        os.environ.pop(MAX_LINE_LENGTH_VARIABLE, None)
        if before is not None:
            os.environ[MAX_LINE_LENGTH_VARIABLE] = before


@contextlib.contextmanager
def _signals_as_exceptions() -> Iterator[None]:
    """In which a signal to end ends the program as an error does: drafts of files are removed."""
    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    numbers = [getattr(signal, name) for name in names]
    # One that is ignored, as by nohup, stays so.
    changed = [number for number in numbers if signal.getsignal(number) == signal.SIG_DFL]
    for number in changed:
        signal.signal(number, _exit)
    try:
        yield
    finally:
        for number in changed:
            signal.signal(number, signal.SIG_DFL)


def _exit(number: int, frame: Optional[FrameType]) -> None:
    raise SystemExit(128 + number)


def _message(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        where = "" if error.filename is None else f"{error.filename}: "
        return f"{where}{error.strerror}.{_remedy(error)}"
    return " ".join(str(error).splitlines())


def _remedy(error: OSError) -> str:
    """Of what can happen to a file that is written."""
    if isinstance(error, FileNotFoundError):
        folder = os.path.dirname(os.path.abspath(os.fsdecode(error.filename)))
        return f" Make the folder {folder} first, or name another file."
    if isinstance(error, IsADirectoryError):
        return " Name a file in it."
    if error.errno == errno.ENOSPC:
        return " Make room there, or name a file elsewhere."
    if error.errno == errno.EBADF:
        return " It is closed: open it, or name a file."
    if isinstance(error, PermissionError):
        return " Check the permissions of its folder, or name another file."
    return ""


def _handler() -> logging.Handler:
    """Warnings on standard error; a file that is read twice is warned of once."""
    said: Set[str] = set()

    def is_new(record: logging.LogRecord) -> bool:
        message = record.getMessage()
        is_known = message in said
        said.add(message)
        return not is_known

    handler = logging.StreamHandler()
    handler.addFilter(is_new)
    return handler

"""The command line of `spigot`."""

import argparse
import errno
import logging
import os
import sys
from importlib import import_module
from typing import List, Optional, Set

from bilexical.version import VERSION

#: The subcommands, each a module of this package with `HELP`, `add_arguments` and `run`.
COMMANDS = ("score", "convert", "draw", "doctor")


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
        status = arguments.run(arguments)
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
        description="Tools for files of dependency trees and semantic dependency graphs.",
    )
    parser.add_argument("--version", action="version", version=f"spigot-allennlp {VERSION}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    # A command does not wait for the import of the others.
    for name in argv[:1] if argv[:1] and argv[0] in COMMANDS else COMMANDS:
        command = import_module(f"bilexical.command_line.{name}")
        subparser = subparsers.add_parser(name, help=command.HELP, description=command.HELP)
        command.add_arguments(subparser)
        subparser.set_defaults(run=command.run)
    return parser


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

"""The README in parts: its blocks, the commands in them, its tables and what it says in between."""

import re
import shlex
from typing import Iterator, List

from tests import PROJECT_ROOT

README = (PROJECT_ROOT / "README.md").read_text(encoding="utf-8")
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", flags=re.DOTALL | re.MULTILINE)
PROSE = _BLOCK.sub("", README)


def blocks(language: str) -> List[str]:
    """The contents of the blocks in the language."""
    return [text for found, text in _BLOCK.findall(README) if found == language]


def commands() -> Iterator[str]:
    """The commands of all shell blocks; one that goes on in further lines is one command."""
    for block in blocks("bash"):
        command = ""
        for line in block.splitlines():
            command += line
            if command.endswith("\\"):
                command = command[:-1]
                continue
            if not _is_open(command):
                yield command
                command = ""
            else:
                command += "\n"
        assert not command, f"a command has no end: {command}"


def words(command: str) -> List[str]:
    return shlex.split(command, comments=True)


def table(header: str) -> List[List[str]]:
    """The cells of the rows of the table whose first column has this header."""
    (rows,) = re.findall(
        rf"^\| {re.escape(header)} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", README, flags=re.MULTILINE
    )
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows.splitlines()]


def code(markdown: str) -> List[str]:
    """What stands between backquotes."""
    return [" ".join(found.split()) for found in re.findall(r"`([^`]+)`", markdown)]


def _is_open(command: str) -> bool:
    try:
        words(command)
    except ValueError:
        return True
    return False

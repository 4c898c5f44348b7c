"""
The README and the pages of docs/ in parts: their blocks, the commands in them, their tables and
what they say in between.
"""

import re
import shlex
from pathlib import Path
from typing import Iterator, List

from tests import PROJECT_ROOT

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", flags=re.DOTALL | re.MULTILINE)


class Page:
    """
    # Parameters

    path : `Path`
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.relative_to(PROJECT_ROOT).as_posix()
        self.text = path.read_text(encoding="utf-8")
        self.prose = _BLOCK.sub("", self.text)

    def blocks(self, language: str) -> List[str]:
        """The contents of the blocks in the language."""
        return [text for found, text in _BLOCK.findall(self.text) if found == language]

    def commands(self) -> Iterator[str]:
        """The commands of all shell blocks; one that goes on in further lines is one command."""
        for block in self.blocks("bash"):
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
            assert not command, f"{self.name}: a command has no end: {command}"

    def anchors(self) -> List[str]:
        """What a link to a heading ends in."""
        headings = re.findall(r"^#+ (.*)$", self.prose, flags=re.MULTILINE)
        return [re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in headings]


def _pages() -> Iterator[Page]:
    """In the order in which they are read: that of the site's navigation."""
    yield Page(PROJECT_ROOT / "README.md")
    for name in re.findall(r": ([\w/-]+\.md)$", MKDOCS, flags=re.MULTILINE):
        yield Page(PROJECT_ROOT / "docs" / name)
    yield Page(PROJECT_ROOT / "CONTRIBUTING.md")
    # Last, as the commands of others take the corpora as they are.
    for name in ("data/toy", "data/toy/sentiment"):
        yield Page(PROJECT_ROOT / name / "README.md")


def words(command: str) -> List[str]:
    return shlex.split(command, comments=True)


def code(markdown: str) -> List[str]:
    """What stands between backquotes."""
    return [" ".join(found.split()) for found in re.findall(r"`([^`]+)`", markdown)]


def _is_open(command: str) -> bool:
    try:
        words(command)
    except ValueError:
        return True
    return False


MKDOCS = (PROJECT_ROOT / "mkdocs.yml").read_text(encoding="utf-8")
PAGES = {page.name: page for page in _pages()}
CHANGELOG = Page(PROJECT_ROOT / "CHANGELOG.md")
PROSE = "\n".join(page.prose for page in PAGES.values())


def blocks(language: str) -> List[str]:
    """The contents of the blocks in the language, of all pages."""
    return [block for page in PAGES.values() for block in page.blocks(language)]


def commands() -> List[str]:
    """The commands of all pages, each once."""
    return list(dict.fromkeys(found for page in PAGES.values() for found in page.commands()))


def tables(header: str) -> List[List[List[str]]]:
    """The cells of the rows of the tables whose first column has this header."""
    found = re.findall(
        rf"^\| {re.escape(header)} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", PROSE, flags=re.MULTILINE
    )
    return [
        [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows.splitlines()]
        for rows in found
    ]


def table(header: str) -> List[List[str]]:
    """The only table whose first column has this header."""
    (rows,) = tables(header)
    return rows

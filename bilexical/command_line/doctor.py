"""`spigot doctor`: whether the installation fits, and what to do if not."""

import argparse
import json
from typing import TYPE_CHECKING, List

from bilexical.formats.errors import STANDARD_STREAM
from bilexical.formats.text import write_text

if TYPE_CHECKING:
    from bilexical.command_line.installation import Finding

HELP = "check the versions of what is installed, and say what to do"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the arguments of `run`."""
    parser.epilog = "The exit status is 1 if something is wrong. Nothing is changed."
    parser.add_argument(
        "--format", choices=["text", "json"], default="text", help="(default: %(default)s)"
    )


def run(arguments: argparse.Namespace) -> int:
    """
    Writes the findings to standard output, and returns the exit status, 1 if something is wrong.

    Raises `ValueError` if the package or `packaging`, which compares versions, is not installed.
    """
    try:
        from bilexical.command_line.installation import (
            examine_component,
            examine_packages,
            examine_plugins,
        )
    except ModuleNotFoundError as error:
        raise ValueError(
            f"there is no {error.name}, which compares versions. Install it: python -m pip install "
            "packaging."
        ) from error
    findings = [*examine_packages(), examine_component(), examine_plugins()]
    text = _json(findings) if arguments.format == "json" else _report(findings)
    write_text(STANDARD_STREAM, [text])
    return int(any(finding.is_wrong for finding in findings))


def _json(findings: "List[Finding]") -> str:
    rows = [{**finding._asdict(), "is_wrong": finding.is_wrong} for finding in findings]
    return json.dumps(rows, indent=2) + "\n"


def _report(findings: "List[Finding]") -> str:
    rows = [(each.name, each.version or "-", each.state, each.wanted) for each in findings]
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows
    ]
    for title, is_wrong in (("What to do:", True), ("What may be added:", False)):
        chosen = [each for each in findings if each.remedy and each.is_wrong == is_wrong]
        if chosen:
            lines += ["", title, *(f"  {each.name}: {each.remedy}" for each in chosen)]
    if not any(each.is_wrong for each in findings):
        lines += ["", "Everything fits."]
    return "\n".join(lines) + "\n"

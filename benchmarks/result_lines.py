"""
Files of results: one JSON object a line, one line a run.

A line has at least the keys of `KEYS`. `config` and `data` are `digest`s of the whole configuration
and of the data, so that a run that is there need not be run again.
"""

import hashlib
import json
import os
import subprocess
from pathlib import Path
from typing import Any, Dict, Iterable, List

RESULTS = Path(__file__).parent.parent / "docs" / "results"

KEYS = ("task", "setting", "system", "regime", "seed", "config", "data", "scores", "seconds")

Line = Dict[str, Any]


def read_lines(path: Path) -> List[Line]:
    """
    The runs of a file, in its order; none where there is no file.

    Raises `ValueError` for a line that is no run, with its number.
    """
    if not path.exists():
        return []
    lines = []
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            line = json.loads(text)
            missing = [key for key in KEYS if key not in line]
        except (ValueError, TypeError) as error:
            raise ValueError(
                f"{path}, line {number}: no JSON object; delete it ({error})"
            ) from None
        if missing:
            raise ValueError(
                f"{path}, line {number}: {', '.join(missing)} missing; delete the line"
            )
        lines.append(line)
    return lines


def append_line(path: Path, line: Line) -> None:
    """Writes a run in one piece, so that one that is stopped leaves whole lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(line) + "\n"
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(descriptor, text.encode("utf-8"))
    finally:
        os.close(descriptor)


def digest(configuration: Any) -> str:
    """12 hexadecimal digits of the SHA-256 of the configuration as JSON with sorted keys."""
    text = json.dumps(configuration, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:12]


def digest_of_files(paths: Iterable[Path]) -> str:
    """The same of the contents of files, in this order."""
    found = hashlib.sha256()
    for path in paths:
        found.update(path.read_bytes())
    return found.hexdigest()[:12]


def version() -> str:
    """12 hexadecimal digits of the commit that the program is of; "" outside a repository."""
    command = ["git", "rev-parse", "--short=12", "HEAD"]
    try:
        found = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True)
    except FileNotFoundError:
        return ""
    return found.stdout.strip()

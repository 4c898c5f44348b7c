"""The lines of docs/results/*.jsonl: one for each run of an experiment."""

import hashlib
import json
from pathlib import Path
from typing import Any, Dict, Iterable, List

RESULTS = Path(__file__).parent.parent / "docs" / "results"


def read_lines(path: Path) -> List[Dict[str, Any]]:
    """Those of a file, none if it does not exist."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def append_line(path: Path, line: Dict[str, Any]) -> None:
    """By a single write, so that several programs may append to one file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "ab", buffering=0) as file:
        file.write((json.dumps(line) + "\n").encode())


def checksum(value: Any) -> str:
    """Of something that JSON can hold, whatever the order of its keys."""
    return _shown(hashlib.sha256(json.dumps(value, sort_keys=True).encode()))


def checksum_of_files(paths: Iterable[Path]) -> str:
    """Of their contents, in this order."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return _shown(digest)


def _shown(digest: Any) -> str:
    return digest.hexdigest()[:12]

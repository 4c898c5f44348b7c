"""Files of JSON whose writer may have been killed."""

import json
from pathlib import Path
from typing import Any


def read_json_if_whole(path: Path) -> Any:
    """`None` when there is no such file, or when its writer was killed in the middle."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None

"""
Our docstrings for mkdocstrings: the lists below AllenNLP's headings, such as `# Parameters`, become
lists of Markdown.
"""

import re
from typing import Any, Iterator

from griffe import Extension, Object

_HEADING = re.compile(r"# (Parameters|Returns|Yields|Raises)")
_NAME_AND_TYPE = re.compile(r"[\w*, ]+ : `")


class AllenNlpSections(Extension):
    """What mkdocs.yml names under `extensions`."""

    def on_object(self, *, obj: Object, **_: Any) -> None:
        if obj.docstring:
            obj.docstring.value = "\n".join(_markdown(obj.docstring.value))


def _markdown(docstring: str) -> Iterator[str]:
    lines = docstring.splitlines()
    is_in_section = False
    for line, following in zip(lines, [*lines[1:], ""]):
        heading = _HEADING.fullmatch(line)
        is_described = following.startswith(" ")
        if heading:
            is_in_section = True
            yield f"**{heading[1]}**"
        elif not is_in_section or not line or line.startswith(" "):
            yield line
        elif is_described:
            # With two spaces at its end, which break the line.
            yield f"- {line}  "
        else:
            yield f"- {line}" if _NAME_AND_TYPE.match(line) else line

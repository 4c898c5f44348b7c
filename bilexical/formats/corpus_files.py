"""Files of sentences in any format: which one it is, reading it, writing it."""

from typing import Callable, Dict, Iterator, Optional

from bilexical.formats.conll import format_conll, read_conll
from bilexical.formats.conll09 import format_conll09, read_conll09
from bilexical.formats.errors import Path, Report
from bilexical.formats.file_formats import (
    COLUMN_FORMATS,
    ENDINGS,
    FILE_FORMATS,
    TREE_FORMATS,
    detect_format,
    format_of_name,
)
from bilexical.formats.json_lines import format_json_line, read_json_lines
from bilexical.formats.sdp import format_sdp, read_sdp
from bilexical.formats.sdp_layouts import SDP_LAYOUTS
from bilexical.formats.sentence import Sentence

__all__ = [
    "COLUMN_FORMATS",
    "ENDINGS",
    "FILE_FORMATS",
    "TREE_FORMATS",
    "detect_format",
    "format_of_name",
    "format_sentence",
    "read_sentences",
]

_READERS: Dict[str, Callable[[Path, bool, Optional[Report]], Iterator[Sentence]]] = {
    "conllu": read_conll,
    "conllx": read_conll,
    "conll09": read_conll09,
    "jsonl": read_json_lines,
}


def read_sentences(
    path: Path, file_format: str, leniently: bool = False, report: Optional[Report] = None
) -> Iterator[Sentence]:
    """
    The sentences of a file in one of `FILE_FORMATS`, one at a time. Those of CoNLL-U have no graph;
    see `with_enhanced_graph`.

    `leniently` leaves out the trees and graphs that are not sound, and counts them in a warning; it
    is for programs that put their own in their place. With a `report` as well, sentences that have
    a fault elsewhere are left out, each with an error that goes there.

    Raises `FormatError` for whatever else does not follow the format.
    """
    if file_format in SDP_LAYOUTS:
        return read_sdp(path, file_format, leniently, report)
    return _READERS[file_format](path, leniently, report)


def format_sentence(sentence: Sentence, file_format: str) -> str:
    """The lines of a sentence in one of `FILE_FORMATS`, the blank one at the end included."""
    if file_format in SDP_LAYOUTS:
        return format_sdp(sentence, file_format)
    if file_format == "conll09":
        return format_conll09(sentence)
    return format_json_line(sentence) if file_format == "jsonl" else format_conll(sentence)

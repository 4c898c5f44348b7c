"""Files of graphs and trees that are read for their words; see `lenient`."""

from typing import Iterator, Optional

from bilexical.formats.conll import detect_conll_layout, read_conll_leniently
from bilexical.formats.conll09 import looks_like_conll09, read_conll09_leniently
from bilexical.formats.errors import Path
from bilexical.formats.lenient import prevailing_layout
from bilexical.formats.sdp import detect_sdp_layout, read_sdp_leniently
from bilexical.formats.sdp_layouts import SDP_LAYOUTS, layout_of
from bilexical.formats.sentence import Sentence
from bilexical.formats.text import Block


def detect_graph_layout(path: Path) -> str:
    """
    `conll09` or one of `SDP_LAYOUTS`. Raises `FormatError` if no sentence has any of them.
    """
    return prevailing_layout(path, _graph_layout_of) or detect_sdp_layout(path)


def detect_tree_layout(path: Path) -> str:
    """`conllu`, `conllx` or `conll09`. Raises `FormatError` if it is another format."""
    if prevailing_layout(path, _graph_layout_of) == "conll09":
        return "conll09"
    return detect_conll_layout(path, fill_empty=True)


def read_leniently(path: Path, file_format: str) -> Iterator[Sentence]:
    """
    The sentences of a file in one of `COLUMN_FORMATS`, one at a time, without the trees and graphs
    that are not sound; these are counted in a warning.

    Raises `FormatError` where words, tags or structure do not follow the format.
    """
    if file_format in SDP_LAYOUTS:
        return read_sdp_leniently(path, file_format)
    return read_conll09_leniently(path) if file_format == "conll09" else read_conll_leniently(path)


def _graph_layout_of(block: Block) -> Optional[str]:
    return "conll09" if looks_like_conll09(block) else layout_of(block)

"""Files of graphs and trees that are read for their words; see `lenient`."""

from typing import Iterator

from bilexical.formats.conll import read_conll_leniently
from bilexical.formats.conll09 import read_conll09_leniently
from bilexical.formats.errors import Path
from bilexical.formats.json_lines import read_json_leniently
from bilexical.formats.sdp import read_sdp_leniently
from bilexical.formats.sdp_layouts import SDP_LAYOUTS
from bilexical.formats.sentence import Sentence


def read_leniently(path: Path, file_format: str) -> Iterator[Sentence]:
    """
    The sentences of a file in one of `FILE_FORMATS`, one at a time, without the trees and graphs
    that are not sound; these are counted in a warning.

    Raises `FormatError` where words, tags or structure do not follow the format.
    """
    if file_format in SDP_LAYOUTS:
        return read_sdp_leniently(path, file_format)
    readers = {"conll09": read_conll09_leniently, "jsonl": read_json_leniently}
    return readers.get(file_format, read_conll_leniently)(path)

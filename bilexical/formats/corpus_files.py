"""Files of sentences in any format: which one it is, reading it, writing it."""

import os
from typing import Callable, Dict, Iterator, Optional

from bilexical.formats.conll import detect_conll_layout, format_conll, read_conll
from bilexical.formats.conll09 import format_conll09, looks_like_conll09, read_conll09
from bilexical.formats.errors import FormatError, Path
from bilexical.formats.json_lines import format_json_line, read_json_lines
from bilexical.formats.sdp import format_sdp, read_sdp
from bilexical.formats.sdp_layouts import SDP_LAYOUTS, describe_layouts, layout_of
from bilexical.formats.sentence import Sentence
from bilexical.formats.text import Block, read_blocks, read_lines

TREE_FORMATS = ("conllu", "conllx", "conll09")
COLUMN_FORMATS = (*SDP_LAYOUTS, *TREE_FORMATS)
FILE_FORMATS = (*COLUMN_FORMATS, "jsonl")

#: What a file's name says about the format to write; the format that is read shows in the file.
ENDINGS = {
    ".sdp": "sdp",
    ".sdpx": "sdp_augmented",
    ".conllu": "conllu",
    ".conllx": "conllx",
    ".conll": "conllx",
    ".conll09": "conll09",
    ".jsonl": "jsonl",
}

_READERS: Dict[str, Callable[[Path], Iterator[Sentence]]] = {
    "conllu": read_conll,
    "conllx": read_conll,
    "conll09": read_conll09,
    "jsonl": read_json_lines,
}
_NUM_CONLL_COLUMNS = 10
_CONLL_HEAD = 6


def detect_format(path: Path) -> str:
    """
    The format of a file, one of `FILE_FORMATS`, from its content; its name tells CoNLL-U from
    CoNLL-X where nothing else does.

    Raises `FormatError` if it is none of them.
    """
    name = os.fspath(path)
    first = next((line for _, line in read_lines(name) if line.strip()), "")
    if first.startswith("{"):
        return "jsonl"
    block = next(read_blocks(name))
    if looks_like_conll09(block):
        return "conll09"
    width = len(block.rows[0])
    layout = None if _has_conll_heads(block) else layout_of(block)
    if layout is not None:
        return layout
    if width == _NUM_CONLL_COLUMNS:
        return detect_conll_layout(name)
    raise FormatError(
        name,
        block.first_line,
        f"no format has a sentence like this one, of {width} column{'' if width == 1 else 's'}.",
        f"Known are {describe_layouts()}; CoNLL-X and CoNLL-U, of 10 columns; CoNLL-2009, of 14 "
        "columns and one for each predicate; and JSON lines. Columns are separated by tabs.",
    )


def format_of_name(path: Path) -> Optional[str]:
    """The format that the ending of a name stands for, be there `.gz` or `.xz` after it or not."""
    stem, ending = os.path.splitext(os.fspath(path))
    if ending in (".gz", ".xz"):
        ending = os.path.splitext(stem)[1]
    return ENDINGS.get(ending.lower())


def read_sentences(path: Path, file_format: str) -> Iterator[Sentence]:
    """
    The sentences of a file in one of `FILE_FORMATS`, one at a time. Those of CoNLL-U have no graph;
    see `with_enhanced_graph`.

    Raises `FormatError` for whatever does not follow the format.
    """
    if file_format in SDP_LAYOUTS:
        return read_sdp(path, file_format)
    return _READERS[file_format](path)


def format_sentence(sentence: Sentence, file_format: str) -> str:
    """The lines of a sentence in one of `FILE_FORMATS`, the blank one at the end included."""
    if file_format in SDP_LAYOUTS:
        return format_sdp(sentence, file_format)
    if file_format == "conll09":
        return format_conll09(sentence)
    return format_json_line(sentence) if file_format == "jsonl" else format_conll(sentence)


def _has_conll_heads(block: Block) -> bool:
    """Whether a sentence has the columns of CoNLL-X and CoNLL-U and numbers where the heads are."""
    rows = [row for row in block.rows if len(row) == _NUM_CONLL_COLUMNS]
    return 2 * sum(row[_CONLL_HEAD].isdigit() for row in rows) > len(block.rows)

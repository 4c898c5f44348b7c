"""The formats of corpus files, and which of them a file has: asked here and nowhere else."""

import contextlib
import os
import re
from collections import Counter
from itertools import chain
from typing import Counter as CounterType
from typing import Iterable, Iterator, List, Optional, Sequence

from bilexical.formats.conll_layouts import (
    CONLL09_COLUMNS,
    CONLL09_FILLPRED,
    CONLL09_FLAGS,
    CONLL09_HEAD,
    CONLL_COLUMNS,
    CONLL_DEPS,
    CONLL_HEAD,
    CONLL_MISC,
)
from bilexical.formats.conll_plus import plus_columns
from bilexical.formats.errors import FormatError, Path
from bilexical.formats.sdp_layouts import (
    SDP_LAYOUTS,
    describe_layouts,
    fits_layout,
    header_year,
    layout_of,
)
from bilexical.formats.text import Block, first_line, read_blocks
from bilexical.formats.tree_columns import is_number

TREE_FORMATS = ("conllu", "conllx", "conll09")
COLUMN_FORMATS = (*SDP_LAYOUTS, *TREE_FORMATS)
FILE_FORMATS = (*COLUMN_FORMATS, "jsonl")

#: What a file's name says about its format: all that there is of a file to write, and of a file to
#: read what decides between formats that its content fits.
ENDINGS = {
    ".sdp": "sdp",
    ".sdpx": "sdp_augmented",
    ".conllu": "conllu",
    ".conllx": "conllx",
    ".conll": "conllx",
    ".conll09": "conll09",
    ".jsonl": "jsonl",
    ".json": "jsonl",
}

_NUM_VOTERS = 100
# The first of several that a file fits: that + and - stand in two columns is no chance.
_PREFERENCE = (*SDP_LAYOUTS, "conll09", "conllx", "conllu")
_CONLLU_ID = re.compile(r"[0-9]+([-.][0-9]+)?")


def format_of_name(path: Path) -> Optional[str]:
    """The format that the ending of a name stands for, with or without `.gz` or `.xz` after it."""
    stem, ending = os.path.splitext(os.fspath(path))
    if ending in (".gz", ".xz"):
        ending = os.path.splitext(stem)[1]
    return ENDINGS.get(ending.lower())


def detect_format(path: Path, among: Sequence[str] = FILE_FORMATS, hint: str = "") -> str:
    """
    The format of a file, from its content.

    What starts with `{` or `[` is JSON, and what has `# global.columns` before the first sentence
    is CoNLL-U Plus, which is read as `conllu`.

    Else it is the format that most of the first sentences fit, so that one with a fault does not
    hide it. A header `#SDP 2015` leaves only the layouts of SDP that may have it. If sentences fit
    several formats equally often, the file is read on until one is ahead; if none ever is, the
    ending of the file's name decides. If no sentence fits any format, it is the one that the first
    sentence is nearest to.

    # Parameters

    path : `Path`
    among : `Sequence[str]`
        Those of `FILE_FORMATS` that the caller reads.
    hint : `str`, optional (default = `""`)
        What else the error about another format says: a sentence on who reads it.

    # Returns

    `str`
        One of `among`. `FormatError` is raised if the file has another format, or none.
    """
    name = os.fspath(path)
    found = "jsonl" if first_line(name).startswith(("{", "[")) else _format_of_columns(name)
    if found not in among:
        raise FormatError(
            name,
            None,
            f"the file looks like {found}, but {_listed(among)} is read here.",
            f"Read it as {found} (in Python `read_sentences(path, {found!r})`), or bring it into "
            f"another format by `spigot convert`. {hint}".rstrip(),
        )
    return found


def _format_of_columns(name: str) -> str:
    # Who reads the sentences says what is wrong with them.
    blocks = read_blocks(name, fill_empty=True, warn=False)
    first = next(blocks)
    if plus_columns(first.comments):
        return "conllu"
    known = _layouts_with_header(first) or _PREFERENCE
    votes: CounterType[str] = Counter()
    for position, block in enumerate(chain([first], _sound(blocks)), 1):
        votes.update(each for each in known if _fits(block, each))
        if position >= _NUM_VOTERS and len(_most(votes)) == 1:
            break
    fitting = _most(votes) or _nearest(name, first)
    of_first = [each for each in fitting if _fits(first, each)] or fitting
    named = format_of_name(name)
    return named if named in of_first else min(of_first, key=_PREFERENCE.index)


def _sound(blocks: Iterator[Block]) -> Iterator[Block]:
    """The sentences before the first one that cannot be read, which is for its reader to say."""
    with contextlib.suppress(FormatError):
        yield from blocks


def _most(votes: CounterType[str]) -> List[str]:
    return [each for each, count in votes.items() if count == max(votes.values())]


def _fits(block: Block, file_format: str) -> bool:
    """Whether a sentence has the columns of a format; what stands in them may still be wrong."""
    if file_format in SDP_LAYOUTS:
        return fits_layout(block, SDP_LAYOUTS[file_format])
    return {"conll09": _fits_conll09, "conllx": _fits_conllx, "conllu": _fits_conllu}[file_format](
        block
    )


def _fits_conll09(block: Block) -> bool:
    if not all(len(row) >= len(CONLL09_COLUMNS) for row in block.rows):
        return False
    flags = [row[CONLL09_FILLPRED] for row in block.rows]
    with_arguments = len(CONLL09_COLUMNS) + flags.count("Y")
    return (
        all(flag in CONLL09_FLAGS for flag in flags)
        and {len(row) for row in block.rows} in ({len(CONLL09_COLUMNS)}, {with_arguments})
        and _are_heads(row[CONLL09_HEAD] for row in block.rows)
    )


def _fits_conllx(block: Block) -> bool:
    return (
        not any(block.comments)
        and _has_conll_columns(block)
        and all(is_number(row[0]) for row in block.rows)
        and _are_heads(row[CONLL_DEPS] for row in block.rows)
        and not any("=" in row[CONLL_MISC] for row in block.rows)
    )


def _fits_conllu(block: Block) -> bool:
    return (
        _has_conll_columns(block)
        and all(_CONLLU_ID.fullmatch(row[0]) for row in block.rows)
        # Without comments, it may be CoNLL-X with its PHEAD there.
        and (any(block.comments) or all(_are_deps(row[CONLL_DEPS]) for row in block.rows))
    )


def _has_conll_columns(block: Block) -> bool:
    return all(len(row) == len(CONLL_COLUMNS) for row in block.rows) and _are_heads(
        row[CONLL_HEAD] for row in block.rows
    )


def _are_deps(value: str) -> bool:
    return value == "_" or ":" in value


def _are_heads(column: Iterable[str]) -> bool:
    return all(value == "_" or is_number(value) for value in column)


def _nearest(name: str, block: Block) -> List[str]:
    """The formats that a sentence with a fault is nearest to."""
    rows = block.rows
    layout = layout_of(block)
    wide = [row for row in rows if len(row) >= len(CONLL09_COLUMNS)]
    flagged = [row for row in wide if row[CONLL09_FILLPRED] in CONLL09_FLAGS]
    with_head = [row for row in flagged if is_number(row[CONLL09_HEAD])]
    conll = [row for row in rows if len(row) == len(CONLL_COLUMNS)]
    has_heads = 2 * sum(is_number(row[CONLL_HEAD]) for row in conll) > len(rows)
    if layout in _layouts_with_header(block):
        return [layout]
    if 2 * len(with_head) >= len(rows) or (layout is None and 2 * len(flagged) >= len(rows)):
        return ["conll09"]
    if layout is not None and not has_heads:
        return [layout]
    if has_heads or len(rows[0]) == len(CONLL_COLUMNS):
        return ["conllu"] if any(block.comments) else ["conllx", "conllu"]
    width = len(rows[0])
    raise FormatError(
        name,
        block.first_line,
        f"no format has a sentence like this one, of {width} column{'' if width == 1 else 's'}.",
        f"Known are {describe_layouts()}; CoNLL-X and CoNLL-U, of 10 columns; CoNLL-2009, of 14 "
        "columns and one for each predicate; and JSON. Columns are separated by tabs.",
    )


def _layouts_with_header(block: Block) -> List[str]:
    """The layouts of SDP that may have the header of a file that starts with `block`, if any."""
    years = [year for year in map(header_year, block.comments) if year]
    if not years or layout_of(block) is None:
        return []
    return [name for name, layout in SDP_LAYOUTS.items() if layout.header in (None, years[0])]


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"

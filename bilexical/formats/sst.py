"""Files of the Stanford Sentiment Treebank, in either format."""

import os
from typing import Iterator

from bilexical.formats.errors import Path
from bilexical.formats.sentiment import LabeledSentence
from bilexical.formats.sst_columns import has_binary_labels, read_sst_columns
from bilexical.formats.sst_trees import read_sst_trees
from bilexical.formats.text import first_line

#: Trees; columns with labels from 0 to 4; columns with the labels 0 and 1 only.
SST_LAYOUTS = ("trees", "columns", "binary_columns")


def detect_sst_layout(path: Path) -> str:
    """
    The layout of a file, one of `SST_LAYOUTS`. What starts with a bracket are trees; the labels of
    columns are read to the end of the file.

    Raises `FormatError` if the file cannot be opened, and as `read_sst_columns` does.
    """
    name = os.fspath(path)
    if _has_trees(name):
        return "trees"
    return "binary_columns" if has_binary_labels(name) else "columns"


def read_sst_leniently(path: Path) -> Iterator[LabeledSentence]:
    """The sentences of a file in any of the layouts, whatever their labels; these may be -1."""
    name = os.fspath(path)
    if _has_trees(name):
        return read_sst_trees(name, any_label=True)
    return read_sst_columns(name, any_label=True)


def read_sst(path: Path, layout: str) -> Iterator[LabeledSentence]:
    """
    The sentences of a file in one of `SST_LAYOUTS`, one at a time.

    Raises `FormatError` for whatever does not follow the format.
    """
    return read_sst_trees(path) if layout == "trees" else read_sst_columns(path)


def _has_trees(path: str) -> bool:
    return first_line(path).startswith(("(", ")"))

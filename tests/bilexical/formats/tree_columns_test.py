"""The columns that all formats with trees share: id, head and deprel."""

from functools import partial

import pytest

from bilexical.formats.corpus_files import format_sentence, read_sentences
from tests import FIXTURES_ROOT
from tests.bilexical.formats.refusals import assert_refused

#: File, format, and the positions of head and deprel.
TREES = [
    ("graphs.sdpx", "sdp_augmented", 4, 5),
    ("trees.conllu", "conllu", 6, 7),
    ("trees.conllx", "conllx", 6, 7),
    ("roles.conll09", "conll09", 8, 10),
]
GRAPHS = [("graphs.sdp", "sdp"), ("graphs_2014.sdp", "sdp_2014")]


def lines_of(name):
    return (FIXTURES_ROOT / name).read_text(encoding="utf-8").split("\n")


def with_cell(lines, number, column, value):
    """The text of a file with another value on line `number`, from 1."""
    cells = lines[number - 1].split("\t")
    cells[column] = value
    return "\n".join([*lines[: number - 1], "\t".join(cells), *lines[number:]])


@pytest.mark.parametrize(("name", "file_format", "head", "deprel"), TREES)
def test_the_tree_need_not_be_annotated(name, file_format, head, deprel, tmp_path):
    lines = lines_of(name)
    for number, line in enumerate(lines, 1):
        if line[:1].isdigit():
            lines = with_cell(lines, number, head, "_").split("\n")
            lines = with_cell(lines, number, deprel, "_").split("\n")
    path = tmp_path / "file"
    path.write_text("\n".join(lines), encoding="utf-8")
    sentences = list(read_sentences(path, file_format))
    for sentence in sentences:
        assert {(word.head, word.deprel) for word in sentence.words} == {(None, None)}
    assert "".join(format_sentence(each, file_format) for each in sentences) == "\n".join(lines)


@pytest.mark.parametrize(("name", "file_format", "head", "deprel"), TREES)
@pytest.mark.parametrize(
    ("value", "problem", "remedy"),
    [
        ("x", "column {} (head) is 'x'", "0 for ROOT"),
        ("-2", "column {} (head) is '-2'", "0 for ROOT"),
        ("00", "column {} (head) is '00'", "0 for ROOT"),
        ("9" * 5000, "column {} (head) is '99", "0 for ROOT"),
        ("_", "word 2 has no head (column {} is _)", "none of them"),
        ("8", "head 8 of word 2 is not one of 0 to 7", "Correct"),
        ("2", "word 2 is its own head", "Correct"),
        ("5", "the tree is cyclic and its words are not connected with ROOT: 2 -> 5", "ROOT (0)"),
    ],
)
def test_heads_that_are_no_tree_are_refused(
    name, file_format, head, deprel, value, problem, remedy, tmp_path
):
    lines = lines_of(name)
    line = next(n for n, row in enumerate(lines, 1) if row.startswith("2\t"))
    text = with_cell(lines, line, head, value)
    read = partial(read_sentences, file_format=file_format)
    assert_refused(tmp_path / "file", read, text, line, problem.format(head + 1), remedy)


@pytest.mark.parametrize(("name", "file_format"), [*(row[:2] for row in TREES), *GRAPHS])
@pytest.mark.parametrize(
    ("value", "problem", "remedy"),
    [
        ("3", "column 1 (id) is 3 where word 2 is expected", "1, 2, 3"),
        ("1", "column 1 (id) is 1 where word 2 is expected", "blank line"),
        ("02", "column 1 (id) is '02', which is not a number", "by tabs"),
        ("x", "column 1 (id) is 'x', which is not a number", "by tabs"),
        ("#\n2", "the comment '#' stands within", "blank line"),
        ("2\t", "column 2 of ", "Write _"),
    ],
)
def test_words_are_numbered(name, file_format, value, problem, remedy, tmp_path):
    lines = lines_of(name)
    line = next(n for n, row in enumerate(lines, 1) if row.startswith("2\t"))
    read = partial(read_sentences, file_format=file_format)
    text = with_cell(lines, line, 0, value)
    assert_refused(tmp_path / "file", read, text, line, problem, remedy)

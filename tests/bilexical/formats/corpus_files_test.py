import pytest

from bilexical.formats.corpus_files import (
    FILE_FORMATS,
    TREE_FORMATS,
    detect_format,
    format_of_name,
    format_sentence,
    read_sentences,
)
from bilexical.formats.errors import FormatError
from tests import FIXTURES_ROOT
from tests.bilexical.formats.round_trip_test import FIXTURES


def test_json_lines_are_known_by_their_bracket(tmp_path):
    (tmp_path / "file").write_text('\n{"words": ["x"]}\n', encoding="utf-8")
    assert detect_format(tmp_path / "file") == "jsonl"
    (sentence,) = read_sentences(tmp_path / "file", "jsonl")
    assert format_sentence(sentence, "jsonl") == '{"words": ["x"]}\n'


WIDE = [
    "1\ta\ta\tDT\t-\t+\tq\t_\tX\t_",
    "2\tb\tb\tNN\t-\t+\tn\tBV\t_\tY",
    "3\tc\tc\tVB\t+\t+\tv\t_\t_\t_",
]


def test_graphs_with_three_predicates_have_as_many_columns_as_conll(tmp_path):
    path = tmp_path / "file"
    path.write_text("\n".join(WIDE) + "\n\n", encoding="utf-8")
    assert detect_format(path) == "sdp"
    # With one faulty cell, the error is that of the format.
    path.write_text("\n".join(WIDE).replace("-\t+\tq", "-\t*\tq") + "\n\n", encoding="utf-8")
    assert detect_format(path) == "sdp"
    # In a tree + and - may be tags.
    rows = ["1\ta\ta\tD\t-\t+\t0\troot\t_\t_", "2\tb\tb\tN\tNN\t_\t1\tdep\t_\t_"]
    path.write_text("\n".join(rows) + "\n\n", encoding="utf-8")
    assert detect_format(path) == "conllx"


@pytest.mark.parametrize(("name", "file_format"), FIXTURES.items())
@pytest.mark.parametrize("cell", [2, 4, 5, 6, 7, 8, 9])
def test_a_fault_in_the_first_sentence_does_not_hide_the_format(tmp_path, name, file_format, cell):
    lines = (FIXTURES_ROOT / name).read_text(encoding="utf-8").split("\n")
    first = next(n for n, line in enumerate(lines) if "\t" in line)
    for value in ("+", "-", "1", "x", "_\t_", "Y"):
        row = lines[first].split("\t")
        row[cell : cell + 1] = [value]
        faulty = [*lines[:first], "\t".join(row), *lines[first + 1 :]]
        (tmp_path / "file").write_text("\n".join(faulty), encoding="utf-8")
        assert detect_format(tmp_path / "file") == file_format


@pytest.mark.parametrize(
    ("header", "file_format"), [("#SDP 2015\n", "sdp"), ("#SDP 2014\n", "sdp_2014"), ("", "sdp")]
)
def test_the_header_tells_the_year(tmp_path, header, file_format):
    """Of a sentence with the wrong number of columns for either year."""
    path = tmp_path / "file"
    path.write_text(header + "1\ta\ta\tNN\t-\t-\t_\t_\t_\t_\t_\n")
    assert detect_format(path) == file_format


def test_a_reader_is_told_of_another_format():
    path = FIXTURES_ROOT / "graphs.sdp"
    assert detect_format(path, ("sdp", "jsonl")) == "sdp"
    with pytest.raises(FormatError) as info:
        detect_format(path, TREE_FORMATS)
    assert str(info.value) == (
        f"{path}: the file looks like sdp, but conllu, conllx or conll09 is read here. Read it as "
        "sdp (in Python `read_sentences(path, 'sdp')`), or bring it into another format by `spigot "
        "convert`."
    )
    with pytest.raises(FormatError, match=r"by `spigot convert`\. Ask Kim\.$"):
        detect_format(path, TREE_FORMATS, hint="Ask Kim.")


def test_another_file_is_refused_with_the_formats_that_are_known(tmp_path):
    path = tmp_path / "file"
    path.write_text("Dogs bark.\n", encoding="utf-8")
    with pytest.raises(FormatError, match=r"line 1: no format .* of 1 column\. .* and JSON\."):
        detect_format(path)
    path.write_text("", encoding="utf-8")
    with pytest.raises(FormatError, match="the file holds no sentence"):
        detect_format(path)


def test_the_format_to_write_is_known_by_the_name():
    names = ["a.sdp", "a.SDPX.gz", "d/a.conllu.xz", "a.conll", "a.conllx", "a.conll09", "a.jsonl"]
    names += ["b.json"]
    formats = ["sdp", "sdp_augmented", "conllu", "conllx", "conllx", "conll09", "jsonl", "jsonl"]
    assert list(map(format_of_name, names)) == formats
    assert [format_of_name(name) for name in ("a.txt", "a", "-", "sdp", "a.gz")] == [None] * 5
    assert set(formats) | {"sdp_2014"} == set(FILE_FORMATS)

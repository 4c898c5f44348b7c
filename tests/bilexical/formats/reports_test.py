"""What is read of a file in which some sentences have a fault that no layer has."""

import pytest

from bilexical.formats.corpus_files import read_sentences
from bilexical.formats.errors import FormatError
from tests import FIXTURES_ROOT

FILES = {
    "conllu": "trees.conllu",
    "conllx": "trees.conllx",
    "sdp": "graphs.sdp",
    "sdp_augmented": "graphs.sdpx",
    "sdp_2014": "graphs_2014.sdp",
    "conll09": "roles.conll09",
}
# Each makes a row of a sentence one that cannot be read.
FAULTS = {
    "a row without columns": lambda row: row.split(b"\t")[0],
    "a word with another number": lambda row: b"77" + row,
    "no form": lambda row: b"\t".join([row.split(b"\t")[0], b"", *row.split(b"\t")[2:]]),
    "not UTF-8": lambda row: row + b"\xff",
    "a carriage return": lambda row: row.replace(b"\t", b"\r\t", 1),
    "a comment after it": lambda row: row + b"\n# a comment",
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("file_format", FILES)
def test_the_other_sentences_are_read(tmp_path, file_format, fault):
    original = FIXTURES_ROOT / FILES[file_format]
    expected = list(read_sentences(original, file_format, leniently=True))
    lines = original.read_bytes().split(b"\n")
    # The first row of the third sentence.
    line = expected[2].line
    row = lines[line - 1]
    (tmp_path / "bad").write_bytes(
        b"\n".join([*lines[: line - 1], FAULTS[fault](row), *lines[line:]])
    )
    errors = []
    found = list(read_sentences(tmp_path / "bad", file_format, True, errors.append))
    assert found == expected[:2] + expected[3:]
    (error,) = errors
    assert line <= error.line <= line + 1
    with pytest.raises(FormatError) as raised:
        list(read_sentences(tmp_path / "bad", file_format, leniently=True))
    assert str(raised.value) == str(error)


def test_of_json_lines(tmp_path):
    lines = ['{"words": ["a"]}', "no JSON", "[1]", '{"words": 3}', '{"words": ["b"]}']
    (tmp_path / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    errors = []
    found = list(read_sentences(tmp_path / "a.jsonl", "jsonl", True, errors.append))
    assert [(sentence.words[0].form, sentence.line) for sentence in found] == [("a", 1), ("b", 5)]
    assert [error.line for error in errors] == [2, 3, 4]


def test_of_json_lines_of_which_the_first_is_no_text(tmp_path):
    (tmp_path / "a.jsonl").write_bytes(b'{"words": ["\xff"]}\n{"words": ["b"]}\n')
    errors = []
    (sentence,) = read_sentences(tmp_path / "a.jsonl", "jsonl", True, errors.append)
    assert (sentence.words[0].form, sentence.line) == ("b", 2)
    assert [error.line for error in errors] == [1]
    with pytest.raises(FormatError, match=r"line 1: .*not UTF-8"):
        list(read_sentences(tmp_path / "a.jsonl", "jsonl", leniently=True))


def test_of_an_array(tmp_path):
    (tmp_path / "a.json").write_text('[{"words": ["a"]},\n3,\n{"words": ["b"]}]', encoding="utf-8")
    errors = []
    found = list(read_sentences(tmp_path / "a.json", "jsonl", True, errors.append))
    assert [sentence.words[0].form for sentence in found] == ["a", "b"]
    assert [error.line for error in errors] == [2]


def test_of_conllu_plus(tmp_path):
    text = "# global.columns = ID FORM\n1\ta\n\n1\tb\tc\n\n1\td\n\n"
    (tmp_path / "a.conllup").write_text(text, encoding="utf-8")
    errors = []
    found = list(read_sentences(tmp_path / "a.conllup", "conllu", True, errors.append))
    assert [sentence.words[0].form for sentence in found] == ["a", "d"]
    assert [error.line for error in errors] == [4]


@pytest.mark.parametrize("file_format, text", [("conllu", "1\ta\n\n"), ("jsonl", "no JSON\n")])
def test_a_file_of_which_no_sentence_can_be_read_is_read_to_its_end(tmp_path, file_format, text):
    (tmp_path / "bad").write_text(text, encoding="utf-8")
    errors = []
    assert list(read_sentences(tmp_path / "bad", file_format, True, errors.append)) == []
    assert len(errors) == 1

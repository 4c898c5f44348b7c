import logging

import pytest

from bilexical.drawing.selection import select
from bilexical.formats.errors import FormatError

JSON_LINES = "".join(f'{{"id": "s{n}", "words": ["word", "{n}"]}}\n' for n in range(1, 6))


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "some.jsonl"
    file.write_text(JSON_LINES, encoding="utf-8")
    return str(file)


def other(tmp_path, text):
    file = tmp_path / "other.jsonl"
    file.write_text(text, encoding="utf-8")
    return str(file)


@pytest.mark.parametrize(
    "wanted, expected",
    [
        (None, [1, 2, 3, 4, 5]),
        (["2"], [2]),
        (["4-5", "s1", "4"], [1, 4, 5]),
        (["s2"], [2]),
    ],
)
def test_choice(path, wanted, expected):
    assert [chosen.position for chosen in select(path, None, wanted, 9)] == expected


def test_an_id_goes_before_a_position(tmp_path):
    path = other(
        tmp_path, '{"id": 2, "words": ["a"]}\n{"words": ["b"]}\n{"id": "1-2", "words": ["c"]}\n'
    )
    chosen = select(path, None, ["2", "1-2"], 9)
    assert [c.title for c in chosen] == ["Sentence 1 (2)", "Sentence 3 (1-2)"]
    assert [c.title for c in select(path, None, ["1-3"], 9)][1] == "Sentence 2"


@pytest.mark.parametrize("wanted", ["6", "0", "s6", "5-4", "3-6", "-1", "²"])
def test_what_is_not_there(path, wanted):
    with pytest.raises(ValueError, match=f"no sentence has the id or the position '{wanted}'"):
        select(path, None, [wanted], 9)


def test_limit(path, caplog):
    assert len(select(path, None, None, 5)) == 5
    assert not caplog.records
    with caplog.at_level(logging.WARNING):
        assert len(select(path, None, None, 4)) == 4
    assert "only the first 4 sentences are drawn" in caplog.text


def test_two_files(path, tmp_path):
    # A file without ids: the words say that the sentences are the same.
    against = other(tmp_path, JSON_LINES.replace('"id": ', '"note": '))
    chosen = select(path, against, ["s3"], 9)
    assert [c.reference.words[1].form for c in chosen] == ["3"]


@pytest.mark.parametrize(
    "old, new, message",
    [
        (
            '"word", "3"',
            '"word", "33"',
            r"line 3: word 2 of sentence 3 \('s3'\) is '3', but '33' in ",
        ),
        ('"word", "3"', '"word"', r"line 3: word 2 of sentence 3 \('s3'\) is '3', but missing in "),
        ('{"id": "s5", "words": ["word", "5"]}', "", r"other.jsonl: .* before sentence 5 \('s5'\)"),
        ("\n", '\n{"words": ["x"]}\n', r"word 1 of sentence 2 \('s2'\) is 'word', but 'x' in "),
    ],
)
def test_files_with_other_sentences_are_refused(path, tmp_path, old, new, message):
    against = other(tmp_path, JSON_LINES.replace(old, new))
    with pytest.raises(FormatError, match=message):
        select(path, against, None, 9)


def test_the_longer_file_may_be_the_second(path, tmp_path):
    against = other(tmp_path, JSON_LINES + '{"words": ["x"]}\n')
    with pytest.raises(FormatError, match=r"some\.jsonl: the file ends before sentence 6 of"):
        select(path, against, None, 9)


def test_enhanced_graphs(tmp_path, caplog):
    rows = [
        ["1", "Dogs", "_", "_", "_", "_", "2", "nsubj", "2:nsubj|2:x", "_"],
        ["2", "bark", "_", "_", "_", "_", "0", "root", "0:root|2.1:conj", "_"],
        ["2.1", "bark", "_", "_", "_", "_", "_", "_", "2:conj", "_"],
    ]
    bare = [row[:8] + ["_", "_"] for row in rows[:2]]
    file = tmp_path / "some.conllu"
    file.write_text("".join("\n".join(map("\t".join, part)) + "\n\n" for part in (rows, bare)))
    with caplog.at_level(logging.WARNING):
        first, second = select(str(file), None, None, 9)
    assert [arc[:3] for arc in first.sentence.arcs] == [(1, 2, "nsubj")]
    assert first.sentence.words[1].is_top
    assert second.sentence.arcs is None
    assert "2 arcs of empty nodes and 1 second labels" in caplog.text

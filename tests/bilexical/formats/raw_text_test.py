"""Documents and lines of raw text, split by a rule that is easy to follow."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bilexical.formats import raw_text
from bilexical.formats.errors import FormatError
from bilexical.formats.raw_text import document_sentences, read_documents, read_sentence_lines
from bilexical.formats.sentence import Word


def split(text):
    """A sentence ends after each dot."""
    return [
        (match.start(), [Word(form) for form in match.group().split()])
        for match in re.finditer(r"[^.\s][^.]*\.?|\.", text)
    ]


def forms(sentences):
    return [" ".join(word.form for word in sentence.words) for sentence in sentences]


def test_a_blank_line_ends_a_sentence_and_a_line_end_does_not(tmp_path):
    (tmp_path / "a.txt").write_text("\n One two\nthree. Four\n \t\nfive. \n\n", encoding="utf-8")
    sentences = list(read_documents(tmp_path / "a.txt", split))
    assert forms(sentences) == ["One two three.", "Four", "five."]
    assert [sentence.line for sentence in sentences] == [2, 3, 5]


def test_one_sentence_on_each_line(tmp_path):
    (tmp_path / "a.txt").write_text("One. Two.\n\nThree\n", encoding="utf-8")

    def tokenize(text):
        return [Word(form) for form in text.split()]

    sentences = list(read_sentence_lines(tmp_path / "a.txt", tokenize))
    assert forms(sentences) == ["One. Two.", "Three"]
    assert [sentence.line for sentence in sentences] == [1, 3]


def test_a_line_that_is_not_utf_8_is_reported(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"One.\n\xff\nTwo.\n")
    errors = []
    assert forms(read_documents(tmp_path / "a.txt", split, errors.append)) == ["One.", "Two."]
    (error,) = errors
    assert error.line == 2 and "are not UTF-8" in str(error)
    with pytest.raises(FormatError, match="line 2"):
        list(read_documents(tmp_path / "a.txt", split))


def test_sentences_are_not_joined_over_a_line_that_is_left_out(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"One. Two\n\xff\n\xff\nthree\nfour. Five.\n")
    sentences = list(read_documents(tmp_path / "a.txt", split, lambda error: None))
    assert forms(sentences) == ["One.", "Two", "three four.", "Five."]
    assert [sentence.line for sentence in sentences] == [1, 1, 4, 5]


@given(st.text("ab. \n", max_size=60))
def test_long_paragraphs_are_split_in_parts_without_a_difference(text):
    lines = list(enumerate(text.split("\n"), 1))
    expected = list(document_sentences(lines, split))
    longest = max((len(line) for line in re.split(r"\.", text)), default=0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(raw_text, "MAX_CHARACTERS", longest + 2)
        found = list(document_sentences(lines, split))
    assert found == expected
    assert [sentence.line for sentence in found] == [sentence.line for sentence in expected]


def test_a_sentence_without_end_does_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr(raw_text, "MAX_CHARACTERS", 10)
    seen = []

    def watching(text):
        seen.append(len(text))
        return split(text)

    sentences = list(document_sentences([(1, "a " * 50), (2, "b.")], watching))
    assert max(seen) <= 10
    assert sum(len(sentence.words) for sentence in sentences) == 51

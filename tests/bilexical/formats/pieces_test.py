"""Pieces of a file have its sentences, its reports and its warnings."""

import gzip
import lzma
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bilexical.formats import pieces
from bilexical.formats.conll_plus import _STANDARD
from bilexical.formats.corpus_files import FILE_FORMATS, read_sentences
from bilexical.formats.errors import FormatError
from bilexical.formats.piece import Piece, by_line, fault_of, merged
from bilexical.formats.pieces import LINES, TEXT, pieces_of
from bilexical.formats.raw_text import read_documents, read_sentence_lines
from tests import FIXTURES_ROOT
from tests.bilexical.command_line.fuzz_test import ALL_MUTATIONS, CONTENTS
from tests.bilexical.command_line.stand_in import StandIn
from tests.bilexical.formats.mutations import mutated

SIZES = ("MAX_SENTENCES", "TEXT_BYTES", "PARAGRAPH_BYTES", "MAX_BYTES")
RAW = (
    b"One two\nthree. Four.\n\nFive\n\n\n \nSix. Seven eight nine\nten.\nEleven (twelve.)\n"
    b"Thirteen\nfourteen fifteen sixteen seventeen\n\n\n"
)


@pytest.fixture
def short(monkeypatch):
    """Of one sentence or two."""

    def make_short(number=1, text=8, paragraph=30, most=60):
        for name, size in zip(SIZES, (number, text, paragraph, most)):
            monkeypatch.setattr(pieces, name, size)

    make_short()
    return make_short


def read(path, source, report):
    if source == TEXT:
        return read_documents(path, StandIn().positions, report)
    if source == LINES:
        return read_sentence_lines(path, StandIn().words, report)
    return read_sentences(path, source, leniently=True, report=report)


def found_in(parts, source):
    """What is read of the parts of a file, what is reported, and the error that ends it, if any."""
    found, faults, counts, error = [], [], [], None
    try:
        for part in parts:
            own = []
            part.counts.clear()
            for sentence in read(part, source, own.append):
                found.append((sentence.line, sentence))
            faults += by_line(map(fault_of, own))
            counts += part.counts
    except FormatError as raised:
        error = str(raised)
    return found, faults, merged(counts), error


def whole(path, content, source):
    return found_in([Piece(str(path), content, source=source)], source)


def check(path, content, source):
    path.write_bytes(content)
    parts = list(pieces_of(path, source))
    assert b"".join(part.content for part in parts) == content
    line = 1
    for part in parts:
        assert part == str(path) and part.source == source and part.first_line == line
        line += part.content.count(b"\n")
        assert part.last_line == max(line - part.content.endswith(b"\n"), part.first_line)
    assert sum(part.size for part in parts) == len(content)
    assert found_in(parts, source) == whole(path, content, source)
    return parts


@pytest.mark.parametrize("source", FILE_FORMATS)
def test_corpora(short, tmp_path, source):
    parts = check(tmp_path / "a", CONTENTS[source], source)
    assert len(parts) > 1


@pytest.mark.parametrize("source", FILE_FORMATS)
@settings(max_examples=60)
@given(damage=st.lists(ALL_MUTATIONS, min_size=1, max_size=4), number=st.integers(1, 3))
def test_damaged_corpora(source, damage, number):
    content = CONTENTS[source] * 2
    for mutation in damage:
        content = mutated(content, mutation)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "MAX_SENTENCES", number)
        check(Path(folder) / "a", content, source)


@pytest.mark.parametrize("source", [TEXT, LINES])
@settings(max_examples=60)
@given(damage=st.lists(ALL_MUTATIONS, max_size=4), number=st.integers(1, 3))
def test_damaged_text(source, damage, number):
    """Cut between paragraphs; where else it is cut is another test."""
    content = RAW
    for mutation in damage:
        content = mutated(content, mutation)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "MAX_SENTENCES", number)
        patch.setattr(pieces, "TEXT_BYTES", 8)
        check(Path(folder) / "a", content, source)


def test_a_long_paragraph_is_cut_after_a_sentence_or_else_after_any_line(short, tmp_path):
    (tmp_path / "a").write_bytes(RAW)
    parts = [part.content.decode() for part in pieces_of(tmp_path / "a", TEXT)]
    assert parts == [
        "One two\nthree. Four.\n\n",
        "Five\n\n",
        "\n \nSix. Seven eight nine\nten.\n",
        "Eleven (twelve.)\nThirteen\nfourteen fifteen sixteen seventeen\n\n\n",
    ]
    short(most=20, paragraph=20)
    (tmp_path / "b").write_bytes(b"No end in sight\nof this one\nand so on\n")
    parts = [part.content for part in pieces_of(tmp_path / "b", TEXT)]
    assert parts == [b"No end in sight\nof this one\n", b"and so on\n"]


def test_what_follows_the_last_sentence_is_no_piece(short, tmp_path, caplog):
    content = CONTENTS["conllu"] + b"\n\n# a comment\n\n# another\n"
    parts = check(tmp_path / "a", content, "conllu")
    assert parts[-1].content.endswith(b"# another\n") and b"\t" in parts[-1].content
    assert "the comments after the last sentence are not kept" in caplog.text


def test_counts_are_those_of_the_file(short, tmp_path):
    """A comment that a blank line follows, before each sentence, and trees that are not sound."""
    sentence = b"# text = a\n\n1\ta\t_\t_\t_\t_\t7\t_\t_\t_\n\n"
    (tmp_path / "a").write_bytes(sentence * 5)
    parts = list(pieces_of(tmp_path / "a", "conllu"))
    assert len(parts) == 5
    *_, counts, _ = found_in(parts, "conllu")
    assert [(count.number, count.about) for count in counts] == [(5, "tree"), (5, "")]
    assert "(first after line 1)" in counts[1].message("a")
    assert counts[0].message("a").startswith("a: 5 sentences have a tree that is not sound.")


def test_all_pieces_have_the_columns_of_conllu_plus(short, tmp_path):
    rows = b"1\tOne\tNOUN\tx\n2\ttwo\tNUM\tx\n\n"
    content = b"# global.columns = ID FORM UPOS OTHER\n" + rows * 3
    parts = check(tmp_path / "a", content, "conllu")
    assert len(parts) == 3
    found, _, (count,), _ = found_in(parts, "conllu")
    assert [word.upos for _, sentence in found for word in sentence.words] == ["NOUN", "NUM"] * 3
    assert count.message("a") == "a: 6 values of the column OTHER were left out."
    header = f"# global.columns = {' '.join(_STANDARD)}\n".encode()
    check(tmp_path / "b", header + CONTENTS["conllu"], "conllu")


def test_an_array_is_one_piece(short, tmp_path):
    content = b'\n[{"words": ["a"]},\n{"words": ["b"]},\n\n{"words": ["c"]}]\n'
    assert len(check(tmp_path / "a", content, "jsonl")) == 1


def test_a_fault_that_would_end_a_file_as_its_first_line_is_within_a_piece(short, tmp_path):
    content = b'{"words": ["a"]}\n[1]\n\n\xff\n{"words": ["b"]}\n{"words": ["c"]}\n'
    parts = check(tmp_path / "a", content, "jsonl")
    assert [part.content[:12] for part in parts] == [b'{"words": ["', *[b'{"words": ["'] * 2]
    assert len(found_in(parts, "jsonl")[1]) == 2


@pytest.mark.parametrize("source", [TEXT, LINES, "conllu", "jsonl"])
def test_an_empty_file(tmp_path, source):
    check(tmp_path / "a", b"", source)


@pytest.mark.parametrize("opener", [gzip.open, lzma.open])
def test_compressed(short, tmp_path, opener):
    with opener(tmp_path / "a", "wb") as file:
        file.write(CONTENTS["sdp"])
    parts = list(pieces_of(tmp_path / "a", "sdp"))
    assert b"".join(part.content for part in parts) == CONTENTS["sdp"]
    assert sum(part.size for part in parts) == (tmp_path / "a").stat().st_size


def test_the_fixtures_are_one_piece():
    """So that these tests would not pass without `short`."""
    assert len(list(pieces_of(FIXTURES_ROOT / "graphs.sdp", "sdp"))) == 1

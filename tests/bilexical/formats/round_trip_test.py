"""What holds for all formats with columns: files come out as they went in."""

import gzip
import lzma

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bilexical.formats.conll import write_conll
from bilexical.formats.conll09 import write_conll09
from bilexical.formats.corpus_files import detect_format, format_sentence, read_sentences
from bilexical.formats.sdp import write_sdp
from bilexical.formats.sdp_layouts import SDP_LAYOUTS
from tests import FIXTURES_ROOT, PROJECT_ROOT
from tests.bilexical.formats.strategies import conll09_sentences, conll_sentences, sdp_sentences

FIXTURES = {
    "graphs.sdp": "sdp",
    "graphs.sdpx": "sdp_augmented",
    "graphs_2014.sdp": "sdp_2014",
    "trees.conllu": "conllu",
    "trees.conllx": "conllx",
    "roles.conll09": "conll09",
}
SENTENCES = {
    **{layout: sdp_sentences(layout) for layout in SDP_LAYOUTS},
    "conllu": conll_sentences(),
    "conll09": conll09_sentences(),
}


def written(path, file_format):
    sentences = read_sentences(path, file_format)
    return "".join(format_sentence(each, file_format) for each in sentences).encode("utf-8")


def write(path, sentences, file_format):
    if file_format in SDP_LAYOUTS:
        write_sdp(path, sentences, file_format)
    elif file_format == "conll09":
        write_conll09(path, sentences)
    else:
        write_conll(path, sentences)


@pytest.mark.parametrize(("name", "file_format"), FIXTURES.items())
def test_reading_and_writing_gives_the_same_bytes(name, file_format, tmp_path):
    path = FIXTURES_ROOT / name
    assert detect_format(path) == file_format
    assert written(path, file_format) == path.read_bytes()
    write(tmp_path / "copy", read_sentences(path, file_format), file_format)
    assert (tmp_path / "copy").read_bytes() == path.read_bytes()


@pytest.mark.parametrize(("name", "file_format"), FIXTURES.items())
@pytest.mark.parametrize(
    ("suffix", "change"),
    [
        (".gz", gzip.compress),
        (".xz", lzma.compress),
        ("", lambda content: gzip.compress(b"\xef\xbb\xbf" + content)),
        ("", lambda content: b"\xef\xbb\xbf" + content),
        ("", lambda content: content.replace(b"\n", b"\r\n")),
        ("", lambda content: content.rstrip(b"\n")),
    ],
    ids=["gz", "xz", "BOM in gz", "BOM", "CRLF", "end"],
)
def test_variants_of_a_file_read_the_same(tmp_path, name, file_format, suffix, change):
    content = (FIXTURES_ROOT / name).read_bytes()
    path = tmp_path / f"variant{suffix}"
    path.write_bytes(change(content))
    # Without an ending, the content alone tells.
    assert detect_format(path) == file_format
    assert written(path, file_format) == content


@pytest.mark.parametrize("file_format", SENTENCES)
@given(data=st.data())
def test_any_sentence_is_read_as_it_was_written(file_format, data, tmp_path_factory):
    sentences = data.draw(st.lists(SENTENCES[file_format], min_size=1, max_size=3))
    path = tmp_path_factory.mktemp("round_trip") / "file"
    write(path, sentences, file_format)
    assert detect_format(path) == file_format
    assert list(read_sentences(path, file_format)) == sentences
    assert written(path, file_format) == path.read_bytes()


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("pattern", "file_format", "num_files"),
    [
        ("data/wescience_dm/*.sdp", "sdp", 3),
        ("data/wescience_dm/*.sdpx", "sdp_augmented", 3),
        ("data/formats/*.sdp", "sdp", 3),
        ("data/formats/*.sdpx", "sdp_augmented", 2),
        ("data/wescience_dm/*.conll", "conllx", 3),
        ("data/ud_ewt/*.conllu", "conllu", 3),
        ("data/formats/*.conllu", "conllu", 1),
        ("data/formats/*.conllx", "conllx", 1),
        ("data/formats/*.conll", "conllx", 1),
        ("data/formats/*.conll09", "conll09", 1),
    ],
)
def test_real_corpora_come_out_as_they_went_in(pattern, file_format, num_files):
    paths = sorted(PROJECT_ROOT.glob(pattern))
    assert len(paths) >= num_files
    for path in paths:
        assert detect_format(path) == file_format
        assert written(path, file_format) == path.read_bytes(), path

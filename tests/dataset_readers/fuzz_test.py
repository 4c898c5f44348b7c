"""
Damaged files: a reader reads all that a file says, or refuses it by our error with file and line.

`FUZZ_EXAMPLES=5000 pytest -m slow --log-cli-level=info tests/dataset_readers/fuzz_test.py` runs as
many cases of each kind, at random, and logs how many files were read and refused.
"""

import gzip
import logging
import lzma
import os
import zlib
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bilexical.formats.conll import format_conll
from bilexical.formats.conll09 import format_conll09
from bilexical.formats.corpus_files import format_sentence
from bilexical.formats.errors import FormatError
from bilexical.formats.sdp import format_sdp
from spigot_allennlp.dataset_readers import ConllDependenciesReader, SdpReader
from tests import FIXTURES_ROOT, PROJECT_ROOT
from tests.bilexical.formats.mutations import (
    BYTE_OPERATIONS,
    CELL_OPERATIONS,
    LINE_OPERATIONS,
    canonical,
    mutated,
    mutations,
    num_blocks,
)
from tests.bilexical.formats.strategies import (
    conll09_sentences,
    conll_sentences,
    enhanced_sentences,
    sdp_sentences,
)

logger = logging.getLogger(__name__)

#: Reader, its options, sound file, random sentences, and how to write them.
KINDS = {
    "sdp": (SdpReader, {}, "graphs.sdp", sdp_sentences("sdp"), format_sdp),
    "sdp_augmented": (
        SdpReader,
        {},
        "graphs.sdpx",
        sdp_sentences("sdp_augmented"),
        lambda sentence: format_sdp(sentence, "sdp_augmented"),
    ),
    "sdp_2014": (
        SdpReader,
        {},
        "graphs_2014.sdp",
        sdp_sentences("sdp_2014"),
        lambda sentence: format_sdp(sentence, "sdp_2014"),
    ),
    "conllu": (ConllDependenciesReader, {}, "trees.conllu", conll_sentences(), format_conll),
    "conllx": (ConllDependenciesReader, {}, "trees.conllx", conll_sentences(), format_conll),
    "enhanced": (
        ConllDependenciesReader,
        {"graph": "enhanced"},
        "trees.conllu",
        enhanced_sentences(),
        format_conll,
    ),
    "conll09_trees": (
        ConllDependenciesReader,
        {},
        "roles.conll09",
        conll09_sentences(),
        format_conll09,
    ),
    "conll09_roles": (SdpReader, {}, "roles.conll09", conll09_sentences(), format_conll09),
}
REAL = {
    "sdp": "wescience60.sdp",
    "sdp_augmented": "wescience60.sdpx",
    "conllu": "ewt60.conllu",
    "conllx": "wescience60.conll",
    "enhanced": "ewt60.conllu",
    "conll09_trees": "ewt60.conll09",
    "conll09_roles": "ewt60.conll09",
}
COMPRESSIONS = [gzip.compress, lzma.compress]
DAMAGED = (EOFError, OSError, lzma.LZMAError, zlib.error)

structured = st.lists(mutations(LINE_OPERATIONS + CELL_OPERATIONS), min_size=1, max_size=3)
unstructured = st.lists(mutations(BYTE_OPERATIONS), min_size=1, max_size=3)


def files_of(kind, fixture=None):
    """Sound files: the fixture or random sentences."""
    _, _, name, sentences, to_text = KINDS[kind]
    fixtures = st.just((fixture or FIXTURES_ROOT / name).read_bytes())
    if fixture is not None:
        return fixtures
    lists = st.lists(sentences, min_size=1, max_size=2).map(with_trees_or_without)
    return fixtures | lists.map(lambda some: "".join(map(to_text, some)).encode("utf-8"))


def with_trees_or_without(sentences):
    has_tree = sentences[0].words[0].head is not None
    return [s for s in sentences if (s.words[0].head is not None) == has_tree]


def check(kind, path, content):
    """Reads a file with any content; "read" or "refused"."""
    reader_class, options, *_ = KINDS[kind]
    try:
        instances = list(reader_class(**options).read(write(path, content)))
    except FormatError as error:
        check_error(error, path, content)
        return "refused"
    text = canonical(unpacked(content))
    assert len(instances) == num_blocks(text)
    metadata = [instance["metadata"].metadata for instance in instances]
    written = [format_sentence(entry["sentence"], entry["format"]) for entry in metadata]
    assert "".join(written) == text
    for instance, entry in zip(instances, metadata):
        assert len(instance["tokens"].tokens) == len(entry["sentence"].words) + 1
    if kind == "enhanced":
        check_enhanced(instances, text)
    return "read"


def check_enhanced(instances, text):
    """Between two words, the graphs have the arcs of DEPS, with the first label they have there."""
    rows = [line.split("\t") for line in text.split("\n") if line[:1].isdigit()]
    if not any(row[8] != "_" for row in rows if row[0].isdigit()):
        assert not any("graph" in instance.fields for instance in instances)
        return
    graphs = []
    for row in rows:
        if row[0] == "1":
            graphs.append({})
        if row[0].isdigit() and row[8] != "_":
            for item in row[8].split("|"):
                head, label = item.split(":", 1)
                if head.isdigit() and head != row[0]:
                    label = label if head != "0" else "__TOP__"
                    graphs[-1].setdefault((int(row[0]), int(head)), label)
    found = [x["graph"] for x in instances]
    assert [dict(zip(graph.indices, graph.labels)) for graph in found] == graphs


def check_error(error, path, content):
    assert error.path == str(path)
    assert str(path) in str(error)
    if error.line is None:
        of_the_file = "no sentence", "damaged", "looks like", "CoNLL-2009 has no", "has no enhanced"
        assert any(reason in str(error) for reason in of_the_file)
    else:
        assert 1 <= error.line <= unpacked(content).count(b"\n") + 1


def unpacked(content):
    if content.startswith(b"\x1f\x8b"):
        return gzip.decompress(content)
    return lzma.decompress(content) if content.startswith(b"\xfd7zXZ\0") else content


def fuzz(kind, path, files, changes, max_examples, compress=None, is_random=False):
    outcomes = Counter()

    @settings(
        max_examples=max_examples,
        derandomize=not is_random,
        print_blob=is_random,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(content=files, changes=changes)
    def run(content, changes):
        content = compress(content) if compress else content
        for change in changes:
            content = mutated(content, change)
        try:
            unpacked(content)
        except DAMAGED:
            with pytest.raises(FormatError, match="damaged"):
                list(KINDS[kind][0]().read(write(path, content)))
            outcomes["refused"] += 1
        else:
            outcomes[check(kind, path, content)] += 1

    run()
    return outcomes


def write(path, content):
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("kind", KINDS)
def test_sound_files_are_read(kind, tmp_path):
    outcomes = fuzz(kind, tmp_path / "file", files_of(kind), st.just([]), 10)
    assert outcomes["refused"] == 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("changes", [structured, unstructured], ids=["lines and cells", "bytes"])
def test_damaged_files(kind, changes, tmp_path):
    outcomes = fuzz(kind, tmp_path / "file", files_of(kind), changes, 60)
    assert outcomes["read"] > 2
    assert outcomes["refused"] > 10


FIXTURES = [name for _, _, name, _, _ in KINDS.values()]


@pytest.mark.parametrize("kind", KINDS)
def test_files_of_other_kinds(kind, tmp_path):
    for name in FIXTURES:
        content = (FIXTURES_ROOT / name).read_bytes()
        outcome = check(kind, tmp_path / "file", content)
        if name == KINDS[kind][2]:
            assert outcome == "read"
        # And one after the other.
        check(kind, tmp_path / "file", (FIXTURES_ROOT / KINDS[kind][2]).read_bytes() + content)


@pytest.mark.parametrize("compress", COMPRESSIONS)
def test_damaged_compressed_files(compress, tmp_path):
    outcomes = fuzz("sdp", tmp_path / "file", files_of("sdp"), unstructured, 60, compress)
    assert outcomes["refused"] > 30


@pytest.mark.real_data
@pytest.mark.parametrize("kind", REAL)
def test_damaged_real_files(kind, tmp_path):
    path = PROJECT_ROOT / "data" / "formats" / REAL[kind]
    outcomes = fuzz(kind, tmp_path / "file", files_of(kind, path), structured, 15)
    assert sum(outcomes.values()) >= 15


@pytest.mark.slow
@pytest.mark.skipif("FUZZ_EXAMPLES" not in os.environ, reason="FUZZ_EXAMPLES=<number> is not set")
@pytest.mark.parametrize("kind", KINDS)
def test_many_damaged_files(kind, tmp_path, caplog):
    # Or else pytest keeps what is logged about every single file.
    caplog.set_level(logging.CRITICAL, "spigot_allennlp")
    number = int(os.environ.get("FUZZ_EXAMPLES", 0))
    path, files = tmp_path / "file", files_of(kind)
    outcomes = Counter()
    # Not all at once, as Hypothesis keeps what it has tried.
    for start in range(0, number, 500):
        size = min(500, number - start)
        outcomes += fuzz(kind, path, files, structured | unstructured, size, is_random=True)
        for compress in COMPRESSIONS:
            tenth = max(1, size // 10)
            outcomes += fuzz(kind, path, files, unstructured, tenth, compress, is_random=True)
    logger.info("%s: %d files read, %d refused.", kind, outcomes["read"], outcomes["refused"])


@pytest.mark.parametrize("reader", [SdpReader(), ConllDependenciesReader()])
@pytest.mark.parametrize(
    "content", [b"", b"\n", b"\xef\xbb\xbf", b"# c\n\n# d\n", gzip.compress(b"", mtime=0)]
)
def test_files_without_a_sentence(reader, content, tmp_path):
    with pytest.raises(FormatError, match=r"file: the file holds no sentence\. Check"):
        list(reader.read(write(tmp_path / "file", content)))

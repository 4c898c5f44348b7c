"""
Damaged annotation: any file that a reader accepts in training, with its annotation damaged at
random, gives as many outputs as sentences, with the same words and tags.

`FUZZ_EXAMPLES=5000 pytest -m slow tests/predictors/fuzz_test.py` runs as many cases of each kind,
at random.
"""

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bilexical.formats.corpus_files import read_sentences
from spigot_allennlp.predictors import StructuredParserPredictor
from tests import FIXTURES_ROOT
from tests.bilexical.formats.mutations import VALUES
from tests.dataset_readers.fuzz_test import KINDS, with_trees_or_without
from tests.predictors.fake_models import ALL, Oracle

#: The columns of the annotation that may be damaged; arguments follow them but in CoNLL-U and X.
COLUMNS = {
    "sdp": range(4, 7),
    "sdp_augmented": range(4, 9),
    "sdp_2014": range(4, 6),
    "conllu": range(6, 9),
    "conllx": range(6, 9),
    "enhanced": range(6, 9),
    "conll09_trees": range(8, 14),
    "conll09_roles": range(8, 14),
}

# Tabs and line ends would make other words of it.
CELLS = [value.decode() for value in VALUES if value.isascii() and not set(value) & set(b"\t\n\r")]


@st.composite
def damaged(draw, kind):
    """
    The text of sound sentences, and of the same ones damaged before and after them: the layout of a
    file is that of most of its sentences.
    """
    *_, sentences, to_text = KINDS[kind]
    sound = with_trees_or_without(draw(st.lists(sentences, min_size=2, max_size=3)))
    texts = [to_text(sentence) for sentence in sound]
    place = draw(st.integers(0, len(texts)))
    return "".join(texts[:place]) + draw(damage(kind, texts[0])) + "".join(texts[place:])


@st.composite
def damage(draw, kind, text):
    lines = text.split("\n")
    rows = [number for number, line in enumerate(lines) if line.split("\t")[0].isdigit()]
    for number in draw(st.lists(st.sampled_from(rows), min_size=1, max_size=4)):
        cells = lines[number].split("\t")
        last = len(cells) if has_arguments(kind) else COLUMNS[kind].stop
        column = draw(st.integers(COLUMNS[kind].start, max(COLUMNS[kind].start, last - 1)))
        operation = draw(st.sampled_from(["set", "set", "set", "cut", "add"]))
        if operation == "cut":
            del cells[column:]
        elif operation == "set":
            cells[column : column + 1] = [draw(st.sampled_from(CELLS))]
        elif has_arguments(kind):
            cells.append(draw(st.sampled_from(CELLS)))
        lines[number] = "\t".join(cells)
    return "\n".join(lines)


def has_arguments(kind):
    return kind.startswith(("sdp", "conll09"))


def check(kind, path, text):
    path.write_bytes(text.encode("utf-8"))
    reader_class, options, *_ = KINDS[kind]
    parser = StructuredParserPredictor(Oracle(ALL), reader_class(**options))
    instances = list(parser._dataset_reader.read(path))
    outputs = parser.predict_batch_instance(instances)
    rows = [line.split("\t") for line in text.split("\n")]
    numbers = [row[0] for row in rows if row[0].isdigit() and len(row) > 1]
    assert len(outputs) == numbers.count("1")
    path.write_bytes("".join(output["lines"] for output in outputs).encode("utf-8"))
    file_format = instances[0]["metadata"]["format"]
    written = list(read_sentences(path, file_format, leniently=True))
    words = [word for sentence in written for word in sentence.words]
    assert [word.form for word in words] == [row[1] for row in rows if row[0].isdigit() and row[1:]]
    assert all(word.head is not None for word in words) or kind in ("sdp", "sdp_2014")


def fuzz(kind, path, max_examples, is_random=False):
    @settings(
        max_examples=max_examples,
        derandomize=not is_random,
        print_blob=is_random,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(text=damaged(kind))
    def run(text):
        check(kind, path, text)

    run()


@pytest.mark.parametrize("kind", KINDS)
def test_damaged_annotation(kind, tmp_path):
    fuzz(kind, tmp_path / "file", 30)


@pytest.mark.parametrize("kind", KINDS)
def test_fixtures_with_all_annotation_of_a_column_damaged(kind, tmp_path):
    """In one sentence after another, so that the first ones are damaged too."""
    text = (FIXTURES_ROOT / KINDS[kind][2]).read_text(encoding="utf-8")
    blocks = text.rstrip("\n").split("\n\n")
    for number, block in enumerate(blocks):
        rows = [line.split("\t") for line in block.split("\n")]
        width = max(map(len, rows))
        for column in range(COLUMNS[kind].start, width if has_arguments(kind) else 9):
            for value in ("", "x", "0", "+"):
                changed = [
                    "\t".join([*row[:column], value, *row[column + 1 :]])
                    if row[0].isdigit() and len(row) > column
                    else "\t".join(row)
                    for row in rows
                ]
                new = [*blocks[:number], "\n".join(changed), *blocks[number + 1 :]]
                check(kind, tmp_path / "file", "\n\n".join(new) + "\n\n")


@pytest.mark.slow
@pytest.mark.skipif("FUZZ_EXAMPLES" not in os.environ, reason="FUZZ_EXAMPLES=<number> is not set")
@pytest.mark.parametrize("kind", KINDS)
def test_many_at_random(kind, tmp_path):
    fuzz(kind, tmp_path / "file", int(os.environ["FUZZ_EXAMPLES"]), is_random=True)

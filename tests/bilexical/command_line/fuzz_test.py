"""
Damaged files: they are converted to files that can be read, or refused in one line.

`FUZZ_EXAMPLES=5000 pytest tests/bilexical/command_line/fuzz_test.py` tries as many, at random.
"""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bilexical.formats.conversion import Conversion
from bilexical.formats.corpus_files import (
    FILE_FORMATS,
    TREE_FORMATS,
    format_sentence,
    read_sentences,
)
from bilexical.formats.sdp_layouts import SDP_LAYOUTS
from tests import FIXTURES_ROOT
from tests.bilexical.command_line.console import spigot
from tests.bilexical.formats.mutations import (
    BYTE_OPERATIONS,
    CELL_OPERATIONS,
    LINE_OPERATIONS,
    mutated,
    mutations,
)

NUM_EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))
SETTINGS = settings(
    max_examples=NUM_EXAMPLES or 60,
    derandomize=not NUM_EXAMPLES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
ALL_MUTATIONS = mutations(LINE_OPERATIONS + CELL_OPERATIONS + BYTE_OPERATIONS)
NAMES = {
    "sdp": "graphs.sdp",
    "sdp_augmented": "graphs.sdpx",
    "sdp_2014": "graphs_2014.sdp",
    "conllu": "trees.conllu",
    "conllx": "trees.conllx",
    "conll09": "roles.conll09",
}


def json_lines():
    return "".join(Conversion(FIXTURES_ROOT / "roles.conll09", "jsonl").lines()).encode("utf-8")


CONTENTS = {
    **{kind: (FIXTURES_ROOT / name).read_bytes() for kind, name in NAMES.items()},
    "jsonl": json_lines(),
}


@pytest.mark.parametrize("kind", FILE_FORMATS)
@SETTINGS
@given(damage=st.lists(ALL_MUTATIONS, min_size=1, max_size=3), target=st.sampled_from(FILE_FORMATS))
def test_conversion_gives_a_file_or_one_line(capsys, kind, damage, target):
    content = CONTENTS[kind]
    for mutation in damage:
        content = mutated(content, mutation)
    with tempfile.TemporaryDirectory() as name:
        source, output = Path(name) / "in", Path(name) / "out"
        source.write_bytes(content)
        output.write_text("old")
        status = spigot("convert", source, output, "--to", target)
        lines = capsys.readouterr().err.splitlines()
        assert sorted(os.listdir(name)) == ["in", "out"]
        if status == 2:
            assert output.read_text() == "old"
            (line,) = lines
            assert line.startswith(f"spigot convert: error: {source}")
            return
        assert status == 0
        conversion = Conversion(source, target)
        num_sentences = len(list(conversion.lines()))
        assert lines[0].startswith(f"{num_sentences} sentences from {source} ({conversion.source})")
        originals = read_sentences(source, conversion.source)
        copies = list(read_sentences(output, target))
        assert len(copies) == num_sentences
        for sentence, copy in zip(originals, copies):
            assert [word.form for word in copy.words] == [word.form for word in sentence.words]
        again = "".join(format_sentence(sentence, target) for sentence in copies)
        assert again.encode("utf-8") == output.read_bytes()


@pytest.mark.parametrize("kind", [*SDP_LAYOUTS, *TREE_FORMATS])
@SETTINGS
@given(damage=st.lists(ALL_MUTATIONS, min_size=1, max_size=3))
def test_scores_or_one_line(capsys, kind, damage):
    content = CONTENTS[kind]
    for mutation in damage:
        content = mutated(content, mutation)
    gold = FIXTURES_ROOT / NAMES[kind]
    with tempfile.TemporaryDirectory() as name:
        system = Path(name) / "in"
        system.write_bytes(content)
        status = spigot("score", gold, system)
        captured = capsys.readouterr()
        if status == 2:
            assert captured.out == "" and len(captured.err.splitlines()) == 1
            assert captured.err.startswith("spigot score: error: ")
            return
        assert status == 0
        assert f"System output file: {system}\n" in captured.out
        assert "NaN" not in captured.out.upper()

"""Every output of `spigot convert` is an input of `spigot convert`, in every format."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bilexical.formats.conversion import Conversion
from bilexical.formats.corpus_files import (
    FILE_FORMATS,
    detect_format,
    format_sentence,
    read_sentences,
)
from bilexical.formats.errors import FormatError
from bilexical.formats.sdp_layouts import SDP_LAYOUTS, header_year
from bilexical.formats.sentence import Sentence
from bilexical.formats.text import write_text
from tests.bilexical.formats.strategies import (
    conll09_sentences,
    conll_sentences,
    enhanced_sentences,
    json_sentences,
    sdp_sentences,
)


def as_conllx(sentence):
    """Without what CoNLL-X has no place for; PHEAD is a number, PDEPREL no feature of CoNLL-U."""
    words = [
        replace(word, deps=word.deps and "0", misc=word.misc and word.misc.replace("=", "-"))
        for word in sentence.words
    ]
    return Sentence("", words)


SENTENCES = {
    **{layout: sdp_sentences(layout) for layout in SDP_LAYOUTS},
    "conllu": enhanced_sentences(),
    "conllx": conll_sentences().map(as_conllx),
    "conll09": conll09_sentences(),
    "jsonl": json_sentences(),
}


def problem_of(sentence, source, target):
    """What the error about a sentence says that cannot be written, if there is one."""
    if source == target:
        return None
    if target in SDP_LAYOUTS and header_year(f"#{sentence.id}"):
        return f"which in {target} is the header"
    for modifier, head, label in sentence.arcs or []:
        if target == "conllu" and modifier != head and "|" in label:
            return re.escape(f"{label!r}, but | separates arcs")
        if (target in SDP_LAYOUTS or target == "conll09") and label == "_":
            return "'_', which stands for no arc"
    return None


@pytest.mark.parametrize("target", FILE_FORMATS)
@settings(max_examples=30)
@given(source=st.sampled_from(sorted(SENTENCES)), data=st.data(), ending=st.booleans())
def test_every_output_is_an_input(tmp_path_factory, target, source, data, ending):
    sentences = data.draw(st.lists(SENTENCES[source], min_size=1, max_size=2))
    folder = tmp_path_factory.mktemp("outputs")
    written = folder / (f"out.{target}" if ending else "out")
    write_text(folder / "in", (format_sentence(each, source) for each in sentences))
    conversion = Conversion(folder / "in", target, source)
    problems = [problem_of(sentence, source, target) for sentence in sentences]
    if any(problems):
        with pytest.raises(FormatError, match=next(filter(None, problems))):
            write_text(written, conversion.lines())
        return
    write_text(written, conversion.lines())
    assert detect_format(written) == target
    copies = list(read_sentences(written, target))
    assert len(copies) == conversion.num_sentences == len(sentences)
    if target != "conllx":
        forms = [[word.form for word in each.words] for each in sentences]
        assert [[word.form for word in each.words] for each in copies] == forms
    if target not in ("conllx", "conll09"):
        ids = [each.id or copy.id for each, copy in zip(sentences, copies)]
        assert [copy.id for copy in copies] == ids
    assert "".join(format_sentence(each, target) for each in copies) == (
        written.read_text(encoding="utf-8")
    )

"""Every output of `spigot convert` is an input of `spigot convert`, in every format."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bilexical.formats.conversion import Conversion
from bilexical.formats.corpus_files import (
    FILE_FORMATS,
    detect_format,
    format_sentence,
    read_sentences,
)
from bilexical.formats.errors import FormatError
from bilexical.formats.sdp_layouts import SDP_LAYOUTS
from bilexical.formats.text import write_text
from tests.bilexical.formats.strategies import (
    conll09_sentences,
    enhanced_sentences,
    json_sentences,
    sdp_sentences,
)

SENTENCES = {
    **{layout: sdp_sentences(layout) for layout in SDP_LAYOUTS},
    "conllu": enhanced_sentences(),
    "conll09": conll09_sentences(),
    "jsonl": json_sentences(),
}
SOURCES = st.sampled_from(["jsonl", *SENTENCES])


@pytest.mark.parametrize("target", FILE_FORMATS)
@settings(max_examples=30)
@given(source=SOURCES, data=st.data(), ending=st.booleans())
def test_every_output_is_an_input(tmp_path_factory, target, source, data, ending):
    sentences = data.draw(st.lists(SENTENCES[source], min_size=1, max_size=2))
    folder = tmp_path_factory.mktemp("outputs")
    written = folder / (f"out.{target}" if ending else "out")
    write_text(folder / "in", (format_sentence(each, source) for each in sentences))
    conversion = Conversion(folder / "in", target, source)
    try:
        write_text(written, conversion.lines())
    except FormatError as error:
        reasons = ("which in sdp", "has the label '_'", "|")
        assume(not any(reason in str(error) for reason in reasons))
        raise
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

import json
import re
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bilexical.formats.conversion import HOLDS, Conversion, contents, converted
from bilexical.formats.corpus_files import (
    FILE_FORMATS,
    detect_format,
    format_sentence,
    read_sentences,
)
from bilexical.formats.enhanced import with_enhanced_graph
from bilexical.formats.errors import FormatError
from bilexical.formats.sentence import Arc, Sentence, Word
from bilexical.formats.text import write_text
from tests import FIXTURES_ROOT
from tests.bilexical.formats.strategies import (
    conll09_sentences,
    conll_sentences,
    enhanced_sentences,
    sdp_sentences,
)


def without_extra_lines(sentence):
    return replace(sentence, id="", comments=[], extra_lines=[])


SENTENCES = {
    **{layout: sdp_sentences(layout) for layout in ("sdp", "sdp_augmented", "sdp_2014")},
    "conllu": enhanced_sentences(),
    "conllx": conll_sentences().map(without_extra_lines),
    "conll09": conll09_sentences(),
    "jsonl": sdp_sentences("sdp_augmented") | conll09_sentences() | conll_sentences(),
}
# A sentence that shows its format, whatever those after it look like.
FIRST = {
    file_format: Sentence(
        {"conllx": "", "conll09": ""}.get(file_format, "first"),
        [
            Word("Dogs", "dog", "NNS", head=2, deprel="nsubj"),
            Word("bark", "bark", "VBP", head=0, deprel="root"),
        ],
        None if "conll" in file_format else [],
    )
    for file_format in FILE_FORMATS
}
FIRST["conllx"].words[0].deps = FIRST["conllx"].words[1].deps = "0"
NAMES = {"sdp": "sdp", "sdp_augmented": "sdpx", "sdp_2014": "sdp"}


def convert(source, target, target_format):
    conversion = Conversion(source, target_format)
    write_text(target, conversion.lines())
    return conversion


def read(path, file_format):
    """With the graph of CoNLL-U, which is a column for its reader."""
    sentences = list(read_sentences(path, file_format))
    if file_format == "conllu":
        return [with_enhanced_graph(sentence, str(path))[0] for sentence in sentences]
    return sentences


def values(word):
    return word.lemma, word.pos, word.upos, word.feats, word.deprel


def spaceless(word):
    """A word as CoNLL-X can have it; what is nothing but one space is no value then."""
    values = {
        name: re.sub(r"\s", "_", getattr(word, name) or "_")
        for name in ("lemma", "pos", "upos", "feats", "deprel")
    }
    values = {name: None if value == "_" else value for name, value in values.items()}
    return replace(word, form=re.sub(r"\s", "_", word.form), **values)


def layers(sentence, held):
    """What of a sentence must be the same in every format that holds the layers `held`."""
    words, arcs = sentence.words, set(sentence.arcs or [])
    loops = {arc for arc in arcs if arc.head == arc.modifier}
    predicates = {n for n, word in enumerate(words, 1) if word.is_predicate}
    predicates |= {arc.head for arc in arcs}
    senses = {n: word.frame for n, word in enumerate(words, 1) if word.frame is not None}
    found = {
        "ids": sentence.id,
        "lemmas": [word.lemma for word in words],
        "tags": [word.pos for word in words],
        "coarse tags": [word.upos for word in words],
        "features": [word.feats for word in words],
        "trees": [(word.head, word.deprel) for word in words],
        "arcs": arcs - loops,
        "arcs from a word to itself": loops,
        "top nodes": [word.is_top for word in words],
        "predicates without arguments": predicates,
        "senses": {n: sense for n, sense in senses.items() if n in predicates},
        "senses of words that are no predicates": senses,
    }
    assert set(found) == set().union(*HOLDS.values())
    return [word.form for word in words], {name: found[name] for name in held}


@pytest.mark.parametrize("one", FILE_FORMATS)
@settings(max_examples=60)
@given(data=st.data())
def test_there_and_back_keeps_what_both_formats_hold(tmp_path_factory, one, data):
    other = data.draw(st.sampled_from(FILE_FORMATS))
    sentence = data.draw(SENTENCES[one])
    assume(other != "conllu" or not any("|" in arc.label for arc in sentence.arcs or []))
    if "conllx" in (one, other):
        # What is nothing but one space is a value in a file, and none where CoNLL-X was written.
        words = sentence.words
        assume(not any(re.fullmatch(r"\s", value or "") for w in words for value in values(w)))
    folder = tmp_path_factory.mktemp("conversion")
    there, back, again = (
        folder / f"{name}.{NAMES.get(file_format, file_format)}"
        for name, file_format in (("there", one), ("back", other), ("again", one))
    )
    write_text(there, (format_sentence(x, one) for x in (FIRST[one], sentence)))
    assert detect_format(there) == one
    forth = convert(there, back, other)
    assert detect_format(back) == other
    convert(back, again, one)
    if one == other:
        assert again.read_bytes() == there.read_bytes()
        assert not forth.left_out and not forth.added
        return
    held = HOLDS[one] & HOLDS[other]
    originals, copies, returns = read(there, one), read(back, other), read(again, one)
    if "conllx" in (one, other):
        for sentence in (*originals, *copies, *returns):
            sentence.words = list(map(spaceless, sentence.words))
    for original, copy, returned in zip(originals, copies, returns):
        # A sentence without id may be given its number.
        same = held if original.id else held - {"ids"}
        assert layers(original, same) == layers(copy, same) == layers(returned, same)

    # What is not there any more has been counted.
    def total(sentences, file_format):
        counts = [contents(each, file_format) for each in sentences]
        return {name: sum(count.get(name, 0) for count in counts) for name in counts[0]}

    before, after = total(originals, one), total(copies, other)
    assert forth.num_sentences == len(copies) == 2
    for name, count in before.items():
        if name == "predicates without arguments" and forth.left_out["arcs from a word to itself"]:
            # The word of a loop has no argument any more.
            continue
        assert after.get(name, 0) == count - forth.left_out[name] + forth.added[name], name


def test_what_conllu_has_and_sdp_has_not(tmp_path):
    conversion = convert(FIXTURES_ROOT / "trees.conllu", tmp_path / "out", "sdp")
    assert conversion.num_sentences == 8
    assert +conversion.left_out == {
        "comments": 9,
        "coarse tags": 41,
        "features": 6,
        "trees": 8,
        "multiword ranges": 2,
        "empty nodes": 3,
        # 6, 7 and 8 of the seventh sentence and both empty nodes; 1 of the last.
        "arcs of empty nodes": 6,
        "values of MISC": 6,
    }
    text = (tmp_path / "out").read_text(encoding="utf-8")
    assert text.startswith("#SDP 2015\n#invented-1\n1\tThe\tthe\tDT\t-\t-\t_\tdet\t_\t_\n")


def test_what_roles_have_and_sdp_has_not(tmp_path):
    conversion = convert(FIXTURES_ROOT / "roles.conll09", tmp_path / "out", "sdp_augmented")
    assert +conversion.left_out == {
        "features": 2,
        "values of PLEMMA, PPOS, PFEAT, PHEAD and PDEPREL": 84,
    }
    assert +conversion.added == {"ids": 4}
    ids = [sentence.id for sentence in read_sentences(tmp_path / "out", "sdp_augmented")]
    assert ids == ["1", "2", "3", "4"]


@pytest.mark.parametrize("target", ["conllu", "sdp", "sdp_augmented", "sdp_2014"])
@pytest.mark.parametrize(
    ("before", "after", "num_repeated"),
    [
        (["2", "", "3", ""], ["2", "3", "3", "4"], 1),
        (["2", ""], ["2", "3"], 0),
        (["3", "4", "", ""], ["3", "4", "5", "6"], 0),
        (["", "x", "1", "1", ""], ["1", "x", "1", "1", "5"], 2),
        (["x", "", "x"], ["x", "2", "x"], 0),
    ],
)
def test_added_ids_are_those_of_no_sentence_before(tmp_path, target, before, after, num_repeated):
    lines = (json.dumps({"id": name, "words": ["a"]}) + "\n" for name in before)
    (tmp_path / "in").write_text("".join(lines), encoding="utf-8")
    conversion = convert(tmp_path / "in", tmp_path / "out", target)
    assert [sentence.id for sentence in read_sentences(tmp_path / "out", target)] == after
    assert conversion.added["ids"] == before.count("")
    assert conversion.num_repeated_ids == num_repeated


def test_json_lines_ask_for_no_ids(tmp_path):
    (tmp_path / "in").write_text("1\ta" + "\t_" * 4 + "\t0\troot\t_\t_\n\n", encoding="utf-8")
    assert not convert(tmp_path / "in", tmp_path / "out", "jsonl").added
    assert "id" not in json.loads((tmp_path / "out").read_text(encoding="utf-8"))


def test_trees_become_empty_graphs(tmp_path):
    conversion = convert(FIXTURES_ROOT / "trees.conllx", tmp_path / "out", "sdp_augmented")
    assert +conversion.added == {"ids": 6, "empty graphs": 6}
    assert +conversion.left_out == {"coarse tags": 30}
    conversion = convert(FIXTURES_ROOT / "trees.conllx", tmp_path / "out", "jsonl")
    assert not +conversion.added and not +conversion.left_out
    first = json.loads((tmp_path / "out").read_text(encoding="utf-8").split("\n")[0])
    assert set(first) == {"words", "lemmas", "pos", "upos", "heads", "deprels"}


@pytest.mark.parametrize(
    ("label", "target"),
    [
        ("a|b", "conllu"),
        ("_", "sdp"),
        ("_", "sdp_2014"),
        ("_", "sdp_augmented"),
        ("_", "conll09"),
    ],
)
def test_labels_that_would_be_read_as_something_else_are_refused(tmp_path, label, target):
    arcs = [{"head": 1, "modifier": 2, "label": label}]
    line = json.dumps({"id": "s", "words": ["a", "b"], "arcs": arcs})
    (tmp_path / "in").write_text(line, encoding="utf-8")
    # Without ids, a sentence is named by its words.
    name = "a b" if target == "conll09" else "s"
    problem = f"the arc from word 1 to word 2 of the sentence '{name}' has the label "
    with pytest.raises(FormatError, match=f"line 1: {problem}") as info:
        convert(tmp_path / "in", tmp_path / "out", target)
    assert f"{problem}{label!r}, " in str(info.value)
    assert "choose another format" in str(info.value)
    with pytest.raises(ValueError, match=f"^{problem}.* choose another format"):
        format_sentence(converted(*read_sentences(tmp_path / "in", "jsonl"), target, 1), target)
    others = {"conllu", "jsonl"} if label == "_" else set(FILE_FORMATS) - {"conllu", "conllx"}
    for other in sorted(others):
        convert(tmp_path / "in", tmp_path / "out", other)
        (sentence,) = read(tmp_path / "out", other)
        assert sentence.arcs == [Arc(2, 1, label)]

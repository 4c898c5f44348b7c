"""Trees and graphs in the documents of spaCy, without a model."""

import copy
import pickle

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy import displacy
from spacy.tokens import Doc, DocBin, Token

from bilexical.formats.conversion import converted
from bilexical.formats.corpus_files import format_sentence
from bilexical.formats.predictions import with_predictions
from bilexical.spacy_docs import annotate, parts_of, sentence_of, sentences_of, set_extensions

NLP = spacy.blank("en")
TEXT = " \nDogs  bark. Cats sleep \n here!\n\n"
# For the two sentences; the second has a crossing tree, a word under two heads and two tops.
OUTPUTS = [
    {
        "heads": [2, 0, 2],
        "deprels": ["nsubj", "root", "punct"],
        "arcs": [{"head": 2, "modifier": 1, "label": "ARG1"}],
        "tops": [2],
    },
    {
        "heads": [3, 0, 2, 1],
        "deprels": ["a", "root", "b", "c"],
        "arcs": [
            {"head": 2, "modifier": 1, "label": "ARG1"},
            {"head": 3, "modifier": 1, "label": "loc"},
            {"head": 4, "modifier": 4, "label": "self"},
        ],
        "tops": [2, 3],
    },
]
set_extensions()


def annotated(text=TEXT, outputs=OUTPUTS, **more):
    doc = NLP(text)
    annotate(doc, parts_of(doc), [{**output, **more} for output in outputs])
    return doc


def words(doc):
    return [[doc[index].text for index in part.words] for part in parts_of(doc)]


def test_the_tree_is_spacys():
    doc = annotated()
    found = [(t.text, t.head.text, t.dep_) for t in doc if not t.is_space]
    assert found == [
        ("Dogs", "bark", "nsubj"),
        ("bark", "bark", "root"),
        (".", "bark", "punct"),
        ("Cats", "here", "a"),
        ("sleep", "sleep", "root"),
        ("here", "sleep", "b"),
        ("!", "Cats", "c"),
    ]
    assert all(doc.has_annotation(name, require_complete=True) for name in ("DEP", "SENT_START"))
    assert [sentence.root.text for sentence in doc.sents] == ["bark", "sleep"]
    assert [child.text for child in doc[3].children] == ["Dogs", "."]


def test_white_space_is_attached_to_its_neighbor():
    doc = annotated()
    spaces = [(t.i, t.head.i, t.dep_, list(t.children)) for t in doc if t.is_space]
    assert [doc[i].text for i, *_ in spaces] == [" \n", " ", "\n ", "\n\n"]
    assert spaces == [(0, 1, "dep", []), (2, 1, "dep", []), (7, 6, "dep", []), (10, 9, "dep", [])]


def test_the_graph_counts_tokens_of_the_document():
    doc = annotated()
    graph = doc._.semantic_graph
    found = [(doc[a["head"]].text, a["label"], doc[a["modifier"]].text) for a in graph["arcs"]]
    assert found == [
        ("bark", "ARG1", "Dogs"),
        ("sleep", "ARG1", "Cats"),
        ("here", "loc", "Cats"),
        ("!", "self", "!"),
    ]
    assert [doc[index].text for index in graph["tops"]] == ["bark", "sleep", "here"]
    assert [arc for token in doc for arc in token._.semantic_arcs] == graph["arcs"]
    (dogs,) = (token for token in doc if token.text == "Dogs")
    assert dogs._.semantic_arcs == graph["arcs"][:1]


def test_no_graph_and_an_empty_one():
    assert NLP("Dogs")._.semantic_graph is None
    trees = [{key: output[key] for key in ("heads", "deprels")} for output in OUTPUTS]
    assert annotated(outputs=trees)._.semantic_graph is None
    empty = {"arcs": [], "tops": []}
    assert annotated(arcs=[], tops=[])._.semantic_graph == empty
    for text in ("", " \n "):
        assert NLP(text)._.semantic_graph == empty
    assert all(token._.semantic_arcs == [] for token in NLP("Dogs bark"))


def test_a_graph_alone_sets_sentence_starts_and_no_tree():
    graphs = [{key: output[key] for key in ("arcs", "tops")} for output in OUTPUTS]
    doc = annotated(outputs=graphs)
    assert not doc.has_annotation("DEP") and len(list(doc.sents)) == 2
    assert doc._.semantic_graph == annotated()._.semantic_graph


def test_several_words_under_root_are_one_tree():
    doc = annotated("a b c", [{"heads": [2, 0, 0], "deprels": ["x", "root", "root"]}])
    assert [token.head.i for token in doc] == [1, 1, 1] and len(list(doc.sents)) == 1
    assert [token.dep_ for token in doc] == ["x", "root", "root"]


def test_a_tree_without_labels():
    doc = annotated("a b", [{"heads": [2, 0]}])
    assert [token.dep_ for token in doc] == ["dep", "ROOT"]


@pytest.mark.parametrize("text", ["", " \n "])
def test_no_words(text):
    doc = NLP(text)
    annotate(doc, parts_of(doc), [{} for _ in parts_of(doc)])
    assert doc.has_annotation("DEP") and sentences_of(doc) == []
    assert [token.head.i for token in doc] == [0] * len(doc)


def test_sentences_are_split_where_nothing_has():
    assert words(NLP(TEXT)) == [["Dogs", "bark", "."], ["Cats", "sleep", "here", "!"]]
    starts = [part.start for part in parts_of(NLP(TEXT))]
    assert starts == [0, 5]
    assert words(NLP('"One." \n" Two')) == [['"', "One", ".", '"'], ['"', "Two"]]


def test_sentences_of_an_earlier_component():
    doc = Doc(NLP.vocab, ["a", "b", ".", "\n", "c"], sent_starts=[True, True, False, True, False])
    assert words(doc) == [["a"], ["b", "."], ["c"]]
    doc = Doc(NLP.vocab, ["a", "\n", "b"], sent_starts=[True, True, True])
    outputs = [{"heads": [0], "deprels": ["root"], "arcs": [], "tops": [1]}]
    annotate(doc, parts_of(doc), [outputs[0], {}, outputs[0]])
    assert [(token.head.i, token.dep_) for token in doc] == [(0, "root"), (1, "dep"), (2, "root")]
    assert [span.start for span in doc.sents] == [0, 1, 2]


def test_a_later_parse_replaces_all():
    doc = annotated()
    new = [
        {**OUTPUTS[0], "arcs": []},
        {**OUTPUTS[1], "heads": [0, 1, 1, 1], "arcs": [], "tops": []},
    ]
    annotate(doc, parts_of(doc), new)
    assert doc._.semantic_graph == {"arcs": [], "tops": [3]}
    assert [sentence.root.text for sentence in doc.sents] == ["bark", "Cats"]


def copies(doc):
    yield Doc(doc.vocab).from_bytes(doc.to_bytes())
    yield from DocBin(store_user_data=True, docs=[doc]).get_docs(doc.vocab)
    yield pickle.loads(pickle.dumps(doc))
    yield copy.deepcopy(doc)
    yield doc.copy()


def test_copies_keep_everything():
    doc = annotated()
    for other in copies(doc):
        assert other is not doc and sentences_of(other) == sentences_of(doc)
        assert other._.semantic_graph == doc._.semantic_graph
        assert [token.head.i for token in other] == [token.head.i for token in doc]


def test_joined_documents():
    first, second = annotated("Dogs  bark.", OUTPUTS[:1]), annotated()
    joined = Doc.from_docs([first, second, first])
    sentences = [sentences_of(doc) for doc in (first, second, first)]
    assert sentences_of(joined) == [sentence for each in sentences for sentence in each]


def test_slices():
    doc = annotated()
    for span, expected in zip(doc.sents, sentences_of(doc)):
        assert sentences_of(span.as_doc(copy_user_data=True)) == [expected]
    # Whose head is not there.
    graph = doc[5:7].as_doc(copy_user_data=True)._.semantic_graph
    assert graph == {"arcs": [{"head": 1, "modifier": 0, "label": "ARG1"}], "tops": [1]}
    assert next(doc.sents).as_doc()._.semantic_graph is None


def test_merged_tokens():
    doc = annotated()
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[8:10])
    graph = doc._.semantic_graph
    assert [(doc[a["head"]].text, a["label"]) for a in graph["arcs"]] == [
        ("bark", "ARG1"),
        ("sleep", "ARG1"),
        ("here!", "loc"),
    ]


def test_displacy_draws_the_tree():
    html = displacy.render(
        annotated(), style="dep", jupyter=False, options={"collapse_punct": False}
    )
    assert html.count('class="displacy-arc"') == 5 + 4  # of words and of white space
    assert all(label in html for label in ("nsubj", "punct"))


def test_a_notebook_shows_tree_and_graph():
    html = sentences_of(annotated())._repr_html_()
    assert html.count("<svg ") == 2 and "ARG1" in html and "nsubj" in html


def test_tags_are_read_and_given_back():
    doc = Doc(NLP.vocab, ["a", "b"], tags=["DT", ""], pos=["DET", ""], lemmas=["", "b"])
    (sentence,) = (sentence_of(doc, part) for part in parts_of(doc))
    assert [(w.pos, w.upos, w.lemma) for w in sentence.words] == [
        ("DT", "DET", None),
        (None, None, "b"),
    ]


def test_sentences_without_a_start():
    with pytest.raises(ValueError, match="E030"):
        sentences_of(NLP("a b"))


def test_an_arc_between_sentences():
    doc = annotated(outputs=[{"arcs": output["arcs"], "tops": []} for output in OUTPUTS])
    doc[6].is_sent_start = True
    with pytest.raises(ValueError, match=r"an arc leads from token 6 to token 5 \('Cats'\)"):
        sentences_of(doc)


def test_a_name_that_is_taken():
    ours = Token.remove_extension("semantic_arcs")
    Token.set_extension("semantic_arcs", default=1)
    try:
        with pytest.raises(ValueError, match=r"Token\.remove_extension\('semantic_arcs'\)"):
            set_extensions()
    finally:
        Token.remove_extension("semantic_arcs")
        set_extensions()
    assert Token.get_extension("semantic_arcs") == ours


@st.composite
def parses(draw):
    """A document of words and white space, and what a model says of it."""
    tokens = draw(st.lists(st.sampled_from(["a", "bc", " ", "\n\n"]), min_size=1, max_size=12))
    starts = [True] + [draw(st.booleans()) for _ in tokens[1:]]
    doc = Doc(NLP.vocab, tokens, [draw(st.booleans()) for _ in tokens], sent_starts=starts)
    parts = parts_of(doc)
    outputs = []
    for part in parts:
        size = len(part.words)
        if not size:
            outputs.append({})
            continue
        # Each word is attached to one that comes before it in some order.
        order = draw(st.permutations(range(1, size + 1)))
        heads = {
            word: draw(st.sampled_from([0, *order[:n]][n > 0 :])) for n, word in enumerate(order)
        }
        pairs = st.tuples(st.integers(1, size), st.integers(1, size))
        arcs = draw(st.lists(pairs, max_size=6, unique=True).map(sorted))
        outputs.append(
            {
                "heads": [heads[word] for word in range(1, size + 1)],
                "deprels": [draw(st.sampled_from("xyz")) for _ in range(size)],
                "arcs": [
                    {"modifier": m, "head": h, "label": draw(st.sampled_from("AB"))}
                    for m, h in arcs
                ],
                "tops": draw(st.lists(st.integers(1, size), unique=True).map(sorted)),
            }
        )
    return doc, parts, outputs


@given(parses())
def test_what_goes_in_comes_out(parse):
    doc, parts, outputs = parse
    expected = [
        with_predictions(sentence_of(doc, part), output)
        for part, output in zip(parts, outputs)
        if part.words
    ]
    annotate(doc, parts, outputs)
    assert [span.start for span in doc.sents] == [part.start for part in parts]
    assert sentences_of(doc) == expected
    for other in copies(doc):
        assert sentences_of(other) == expected
    for sentence in sentences_of(doc):
        assert format_sentence(converted(sentence, "conllu", 1), "conllu")

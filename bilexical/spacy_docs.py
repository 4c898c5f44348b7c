"""
Trees and graphs of spaCy's documents.

Tokens are counted as spaCy does, from 0 through the document. Words are tokens that are not white
space, for which spaCy has tokens, too.
"""

from bisect import bisect_left
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

import numpy
from spacy.pipeline import Sentencizer
from spacy.tokens import Doc, Token

from bilexical.formats.sentence import Arc, Sentence, Sentences, Word

#: What `doc._.semantic_graph` is: `arcs`, each with `head`, `modifier` and `label`, and `tops`.
Graph = Dict[str, List[Any]]

#: The label of tokens that are white space, as in spaCy's own pipelines, and of all where a model
#: has none.
SPACE_DEPREL = "dep"
ROOT_DEPREL = "ROOT"


class Part(NamedTuple):
    """A sentence of a document: its tokens from `start` to `end`, and which of them are words."""

    start: int
    end: int
    words: List[int]


def parts_of(doc: Doc) -> List[Part]:
    """
    The sentences of a document. Where nothing has set sentence starts, it is split by spaCy's
    `sentencizer`, and white space belongs to the sentence before it.
    """
    if doc.has_annotation("SENT_START"):
        starts = [span.start for span in doc.sents]
    else:
        (guesses,) = Sentencizer().predict([doc])
        words = [token.i for token in doc if not token.is_space]
        # The first word from each start on; what is before the first word belongs to it.
        firsts = {bisect_left(words, index) for index, is_start in enumerate(guesses) if is_start}
        starts = [0, *(words[first] for first in sorted(firsts) if 0 < first < len(words))]
    return [
        Part(start, end, [token.i for token in doc[start:end] if not token.is_space])
        for start, end in zip(starts, [*starts[1:], len(doc)])
    ]


def sentence_of(doc: Doc, part: Part) -> Sentence:
    """The words of a sentence, with what taggers have found."""
    return Sentence("", [word_of(doc[index]) for index in part.words])


def word_of(token: Token) -> Word:
    """A word as spaCy has it, with what taggers have found."""
    # spaCy writes an annotation that is not there as an empty string.
    return Word(
        token.text,
        lemma=token.lemma_ or None,
        pos=token.tag_ or None,
        upos=token.pos_ or None,
    )


def annotate(doc: Doc, parts: Sequence[Part], outputs: Sequence[Dict[str, Any]]) -> None:
    """
    Puts what a model predicts into a document: sentence starts and, if they are there, `heads`,
    `deprels`, `arcs` and `tops`.

    The tree of a sentence is one tree in spaCy: if a model has attached several words to ROOT, the
    others are attached to the first of them and keep their labels. White space is attached to the
    word before it, or the next one. If there is no word in the sentence, its first token is the
    head of the others.
    """
    if not len(doc):
        return
    if any("heads" in output for output in outputs) or not any(part.words for part in parts):
        tree = [arc for part, output in zip(parts, outputs) for arc in _tree(part, output)]
        rows = [
            ((head - index) % _UNSIGNED, doc.vocab.strings.add(label))
            for index, (head, label) in enumerate(tree)
        ]
        doc.from_array(["HEAD", "DEP"], numpy.array(rows, dtype="uint64"))
    # By themselves: spaCy finds the ends of a tree with crossing arcs in ten steps or not at all.
    starts = {part.start for part in parts}
    flags = [1 if index in starts else -1 % _UNSIGNED for index in range(len(doc))]
    doc.from_array(["SENT_START"], numpy.array(flags, dtype="uint64"))
    for part, output in zip(parts, outputs):
        if "arcs" in output or "tops" in output:
            _set_graph(doc, part, output)


def semantic_graph(doc: Doc) -> Optional[Graph]:
    """
    The graph of a document: `{"arcs": [{"head": 3, "modifier": 0, "label": "ARG1"}, ...], "tops":
    [3, ...]}`, with tokens counted from 0, or `None` if it has words and no graph.
    """
    stored = [(token, doc.user_data.get(_key(token))) for token in doc if not token.is_space]
    if stored and all(heads is None for _, heads in stored):
        return None
    return {
        "arcs": [arc for token, _ in stored for arc in semantic_arcs(token)],
        "tops": [token.i for token, heads in stored if any(arc[0] is None for arc in heads or [])],
    }


def semantic_arcs(token: Token) -> List[Dict[str, Any]]:
    """
    The arcs of the graph to a token, from its heads, as in `semantic_graph`. An arc is left out if
    its head is not in the document, which may be a slice of the one that was parsed.
    """
    arcs = []
    for distance, label in token.doc.user_data.get(_key(token)) or []:
        if distance is not None:
            start = token.idx + distance
            head = token.doc.char_span(start, start + 1, alignment_mode="expand")
            if head is not None:
                arcs.append({"head": head.start, "modifier": token.i, "label": label})
    return arcs


def set_extensions() -> None:
    """
    Makes `doc._.semantic_graph` and `token._.semantic_arcs` known, as the component does when it is
    made. A program that only reads documents calls this by itself.

    Raises `ValueError` if another program has taken one of the names.
    """
    for owner, name, getter in (
        (Doc, "semantic_graph", semantic_graph),
        (Token, "semantic_arcs", semantic_arcs),
    ):
        if not owner.has_extension(name):
            owner.set_extension(name, getter=getter)
        elif owner.get_extension(name) != (None, None, getter, None):
            raise ValueError(
                f"{owner.__name__.lower()}._.{name} is an extension of something else already. "
                f"Remove it by {owner.__name__}.remove_extension({name!r}) before the component "
                "spigot_parser is added."
            )


def sentences_of(doc: Doc) -> Sentences:
    """
    The sentences of a document, with tree and graph. A notebook shows their pictures, and all that
    takes sentences takes them, such as `bilexical.formats.corpus_files.format_sentence`. White
    space is left out, and words are numbered from 1 in each sentence.

    Raises `ValueError` if sentence starts are not set, or an arc leads from one sentence into
    another.
    """
    graph = semantic_graph(doc)
    tops = set(graph["tops"]) if graph is not None else ()
    has_tree = doc.has_annotation("DEP")
    found = Sentences()
    for span in doc.sents:
        tokens = [token for token in span if not token.is_space]
        numbers = {token.i: number for number, token in enumerate(tokens, 1)}
        words = [word_of(token) for token in tokens]
        arcs = []
        for number, (token, word) in enumerate(zip(tokens, words), 1):
            word.is_top = token.i in tops
            if has_tree:
                head = _head(token)
                word.head = 0 if head is None else _number(head, token, numbers)
                word.deprel = token.dep_ or None
            for arc in semantic_arcs(token):
                head_number = _number(arc["head"], token, numbers)
                words[head_number - 1].is_predicate = True
                arcs.append(Arc(number, head_number, arc["label"]))
        if words:
            found.append(Sentence("", words, None if graph is None else arcs))
    return found


_UNSIGNED = 2**64
"""What spaCy's arrays have their numbers modulo of."""

_TOP = "top"
"""Stands among the arcs to a word and says that it is a top node."""


def _key(token: Token) -> Tuple[str, str, int, None]:
    """
    Where spaCy keeps what belongs to a token. It moves that along where documents are joined, or a
    slice of one is made a document, and so heads are kept by their distance.
    """
    return ("._.", "semantic_arcs", token.idx, None)


def _tree(part: Part, output: Dict[str, Any]) -> Iterator[Tuple[int, str]]:
    """The head of each token of a sentence and its label."""
    tree: Dict[int, Tuple[int, str]] = {}
    if part.words:
        numbers = output["heads"]
        labels = output.get("deprels") or [None] * len(numbers)
        root = part.words[numbers.index(0)]
        for index, number, label in zip(part.words, numbers, labels):
            head = part.words[number - 1] if number else root
            tree[index] = (head, label or (ROOT_DEPREL if index == head else SPACE_DEPREL))
    last = part.words[0] if part.words else part.start
    for index in range(part.start, part.end):
        if index in tree:
            last = index
        yield tree.get(index, (last, SPACE_DEPREL))


def _head(token: Token) -> Optional[int]:
    """The word above a word in the tree, or `None` for the root."""
    while token.head.i != token.i:
        token = token.head
        if not token.is_space:
            return token.i
    return None


def _number(head: int, token: Token, numbers: Dict[int, int]) -> int:
    if head not in numbers:
        raise ValueError(
            f"an arc leads from token {head} to token {token.i} ({token.text!r}), which is in "
            "another sentence. Leave the sentence starts as they were when the document was parsed."
        )
    return numbers[head]


def _set_graph(doc: Doc, part: Part, output: Dict[str, Any]) -> None:
    """Distances in characters and labels, which `Doc.to_bytes` can write; it reads tuples."""
    tops = set(output.get("tops", []))
    tokens = [doc[index] for index in part.words]
    stored: List[List[Any]] = [
        [[None, _TOP]] if number in tops else [] for number in range(1, len(tokens) + 1)
    ]
    for arc in output.get("arcs", []):
        head, modifier = tokens[arc["head"] - 1], tokens[arc["modifier"] - 1]
        stored[arc["modifier"] - 1].append([head.idx - modifier.idx, arc["label"]])
    for token, heads in zip(tokens, stored):
        doc.user_data[_key(token)] = heads

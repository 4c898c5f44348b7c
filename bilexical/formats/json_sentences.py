"""
A sentence and its JSON object, as `spigot convert` and `allennlp predict` write and read it.

The keys are `id`; `words` (or `tokens`); `lemmas`, `pos`, `upos`, `feats`, `frames`, `heads` and
`deprels`, lists as long as the words with `null` where there is no value; `arcs`, objects with
`head`, `modifier` and `label`; `tops` and `predicates`, lists of word numbers. Words are numbered
from 1, and 0 is ROOT. Only the words must be there; who can split raw text takes `sentence` in
their place. Without `predicates` they are the words that have an argument. Other keys are kept.
"""

import json
from typing import Any, Callable, Dict, List, Optional, Sequence, Set, Tuple

from bilexical.formats.argument_columns import predicate_numbers
from bilexical.formats.json_object import JsonObject
from bilexical.formats.lenient import GRAPH, LAYERS, TREE
from bilexical.formats.sentence import TOP_LABEL, Arc, Sentence, Word
from bilexical.formats.trees import TreeError, check_tree

#: From raw text to words.
Tokenizer = Callable[[str], List[Word]]

#: The lists with a string for each word, and the attribute of `Word` that they are.
_COLUMNS = {
    "lemmas": "lemma",
    "pos": "pos",
    "upos": "upos",
    "feats": "feats",
    "frames": "frame",
    "deprels": "deprel",
}
_LAYER_KEYS = {TREE: ("heads", "deprels"), GRAPH: ("frames", "arcs", "tops", "predicates")}
_WORDS = ("words", "tokens", "sentence")
_KEYS = ("id", *_WORDS, "heads", *_COLUMNS, "arcs", "tops", "predicates")


def annotated_sentence(
    item: JsonObject, tokenize: Optional[Tokenizer] = None, layers: Sequence[str] = LAYERS
) -> Sentence:
    """
    All that an object says, tree and graph among it. Top nodes make a graph, even one without arcs.

    # Parameters

    item : `JsonObject`
    tokenize : `Optional[Tokenizer]`
        Splits the text of `sentence`; without it, that key is refused.
    layers : `Sequence[str]`, optional (default = `LAYERS`)
        Those that are read. The keys of the others are left out and not checked.

    # Returns

    `Sentence`
        There may be no words. `FormatError` is raised for whatever does not follow the format.
    """
    name = item.line_of_text("id")
    words = _words(item, tokenize)
    item = item.without([key for each in LAYERS if each not in layers for key in _LAYER_KEYS[each]])
    for key, attribute in _COLUMNS.items():
        for word, value in zip(words, item.sequence(key, len(words))):
            if value not in (None, "_"):
                setattr(word, attribute, item.column(key, value))
    arcs = _arcs(item, len(words))
    tops = _numbers(item, "tops", len(words))
    predicates = {arc.head for arc in arcs or []} | _numbers(item, "predicates", len(words))
    for number, (word, head) in enumerate(zip(words, _tree(item, len(words))), 1):
        word.head, word.is_top, word.is_predicate = head, number in tops, number in predicates
    arcs = [] if tops and arcs is None else arcs
    return Sentence(name, words, arcs, line=item.line, further=item.further(_KEYS))


def format_json_line(sentence: Sentence) -> str:
    """
    One line of JSON, its end included. What the sentence does not say has no key; comments, ranges,
    empty nodes and the columns that `Word` keeps for output, `feats` excepted, are left out.
    """
    words = sentence.words
    output: Dict[str, Any] = {"id": sentence.id} if sentence.id else {}
    output["words"] = [word.form for word in words]
    for key, attribute in (*_COLUMNS.items(), ("heads", "head")):
        values = [getattr(word, attribute) for word in words]
        if any(value is not None for value in values):
            output[key] = values
    tops = [number for number, word in enumerate(words, 1) if word.is_top]
    predicates = predicate_numbers(sentence)
    if sentence.arcs is not None:
        output["arcs"] = [
            {"head": head, "modifier": modifier, "label": label}
            for modifier, head, label in sentence.arcs
        ]
    if sentence.arcs is not None or tops:
        output["tops"] = tops
    if set(predicates) != {arc.head for arc in sentence.arcs or []}:
        output["predicates"] = predicates
    return json.dumps({**output, **sentence.further}, ensure_ascii=False) + "\n"


def _words(item: JsonObject, tokenize: Optional[Tokenizer]) -> List[Word]:
    given = [key for key in _WORDS if item.has(key)]
    if len(given) > 1:
        raise item.error(f"there are both {given[0]!r} and {given[1]!r}: give one of them.")
    if not given:
        raise item.error("there are no 'words', and no 'sentence' of raw text.")
    if given == ["sentence"]:
        return _split(item, tokenize)
    return [Word(item.column(given[0], form)) for form in item.sequence(given[0])]


def _split(item: JsonObject, tokenize: Optional[Tokenizer]) -> List[Word]:
    """The words of raw text, of which no annotation is known to belong to which."""
    if tokenize is None:
        raise item.error(
            "'sentence' is raw text, which `spigot parse`, and `allennlp predict` without "
            "--use-dataset-reader, split into words."
        )
    for key in (*_COLUMNS, "heads", "arcs", "tops", "predicates"):
        if item.has(key):
            raise item.error(f"{key!r} annotates words, but only the raw text 'sentence' is given.")
    return tokenize(item.text("sentence"))


def _tree(item: JsonObject, num_words: int) -> List[Optional[int]]:
    values = item.sequence("heads", num_words)
    if all(value is None for value in values):
        return values
    heads = [item.number("heads", value, 0, num_words) for value in values]
    try:
        check_tree(heads)
    except TreeError as error:
        raise item.error(f"'heads' is no tree: {error.problem}") from error
    return list(heads)


def _arcs(item: JsonObject, num_words: int) -> Optional[List[Arc]]:
    if not item.has("arcs"):
        return None
    arcs: Dict[Tuple[int, int], Arc] = {}
    for value in item.sequence("arcs"):
        if not isinstance(value, dict) or set(value) != {"head", "modifier", "label"}:
            raise item.error(
                f"'arcs' has {json.dumps(value)}, which is not an object with just head, modifier "
                "and label."
            )
        modifier, head = (
            item.number("arcs", value[key], 1, num_words) for key in ("modifier", "head")
        )
        label = item.column("arcs", value["label"])
        if label == TOP_LABEL:
            raise item.error(f"'arcs' has the label {TOP_LABEL}, the models' for top nodes.")
        if (modifier, head) in arcs:
            raise item.error(f"'arcs' has two from word {head} to word {modifier}.")
        arcs[modifier, head] = Arc(modifier, head, label)
    return list(arcs.values())


def _numbers(item: JsonObject, key: str, num_words: int) -> Set[int]:
    return {item.number(key, value, 1, num_words) for value in item.sequence(key)}

"""
Sentences as JSON lines: the objects that the predictor `structured_parser` writes, and what else a
corpus says.

The keys are `id`; `words`; `lemmas`, `pos`, `upos`, `feats`, `frames`, `heads` and `deprels`, lists
as long as `words` with `null` where there is no value; `arcs`, objects with `head`, `modifier` and
`label`; `tops` and `predicates`, lists of word numbers. Words are numbered from 1, and 0 is ROOT.
Only `words` must be there. Without `predicates` they are the words that have an argument.
"""

import json
import logging
import os
from collections import Counter
from typing import Any, Dict, Iterable, Iterator, List, Optional, Set, Tuple
from typing import Counter as CounterType

from bilexical.formats.errors import FormatError, Path
from bilexical.formats.json_object import JsonObject
from bilexical.formats.sentence import TOP_LABEL, Arc, Sentence, Word
from bilexical.formats.text import read_lines, write_text
from bilexical.formats.trees import TreeError, check_tree

logger = logging.getLogger(__name__)

#: The lists with a string for each word, and the attribute of `Word` that they are.
_COLUMNS = {
    "lemmas": "lemma",
    "pos": "pos",
    "upos": "upos",
    "feats": "feats",
    "frames": "frame",
    "deprels": "deprel",
}
_KEYS = ("id", "words", "heads", *_COLUMNS, "arcs", "tops", "predicates")


def read_json_lines(path: Path) -> Iterator[Sentence]:
    """
    The sentences of a file (plain, .gz or .xz), one at a time. Keys with another name are left out
    and counted in a warning after the last sentence.

    Raises `FormatError` for whatever does not follow the format, and for a file without a sentence.
    """
    name = os.fspath(path)
    strangers: CounterType[str] = Counter()
    found = False
    for number, line in read_lines(name):
        if line.strip():
            found = True
            item = JsonObject(name, number, line)
            strangers.update(key for key in item.values if key not in _KEYS)
            yield _sentence(item)
    for key, count in strangers.items():
        logger.warning("%s: the key %r of %d sentences was left out.", name, key, count)
    if not found:
        raise FormatError(
            name, None, "the file holds no sentence.", "Check that it is the file you meant."
        )


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
    heads = {arc.head for arc in sentence.arcs or []}
    predicates = heads | {number for number, word in enumerate(words, 1) if word.is_predicate}
    if sentence.arcs is not None:
        output["arcs"] = [
            {"head": head, "modifier": modifier, "label": label}
            for modifier, head, label in sentence.arcs
        ]
    if sentence.arcs is not None or tops:
        output["tops"] = tops
    if predicates != heads:
        output["predicates"] = sorted(predicates)
    return json.dumps(output, ensure_ascii=False) + "\n"


def write_json_lines(path: Path, sentences: Iterable[Sentence]) -> None:
    """Writes a file of `sentences`."""
    write_text(path, map(format_json_line, sentences))


def _sentence(item: JsonObject) -> Sentence:
    words = [Word(item.text("words", form)) for form in item.sequence("words")]
    if not words:
        raise item.error("there are no 'words'.")
    for key, attribute in _COLUMNS.items():
        for word, value in zip(words, item.sequence(key, len(words))):
            if value not in (None, "_"):
                setattr(word, attribute, item.text(key, value))
    for word, head in zip(words, _tree(item, len(words))):
        word.head = head
    arcs = _arcs(item, len(words))
    predicates = {arc.head for arc in arcs or []}
    if item.values.get("predicates") is not None:
        predicates |= _numbers(item, "predicates", len(words))
    tops = _numbers(item, "tops", len(words))
    for number, word in enumerate(words, 1):
        word.is_top = number in tops
        word.is_predicate = number in predicates
    return Sentence(_id(item), words, arcs, line=item.line)


def _id(item: JsonObject) -> str:
    value = item.values.get("id")
    if value is None:
        return ""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return item.text("id", str(value) if is_number else value).strip()


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
    if item.values.get("arcs") is None:
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
        label = item.text("arcs", value["label"])
        if label == TOP_LABEL:
            raise item.error(f"'arcs' has the label {TOP_LABEL}, the models' for top nodes.")
        if (modifier, head) in arcs:
            raise item.error(f"'arcs' has two from word {head} to word {modifier}.")
        arcs[modifier, head] = Arc(modifier, head, label)
    return list(arcs.values())


def _numbers(item: JsonObject, key: str, num_words: int) -> Set[int]:
    return {item.number(key, value, 1, num_words) for value in item.sequence(key)}

"""
Measures a parser of trees and graphs as its model card shows it.

    python benchmarks/model_card.py en_dm --card spigot_allennlp/shipped/en_dm/README.md

The tables take the place of what stands between the two marks of the card. The corpora are those
that `make model` trains on.
"""

import argparse
import resource
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, Iterator, List, NamedTuple, Set, Tuple

import torch

import spigot_allennlp
from bilexical.formats.corpus_files import detect_format, read_sentences
from bilexical.formats.predictions import with_predictions
from bilexical.formats.sentence import Sentence
from bilexical.scoring.matches import Matches, ratio

TRAIN, DEV, TEST = (f"data/wescience_dm/{name}.sdpx" for name in ("train", "dev", "test"))
TREES = "data/ud_ewt/en_ewt-ud-test.conllu"
MARKS = ("<!-- measured -->", "<!-- end of what is measured -->")
LENGTHS = ((1, 10), (11, 20), (21, 30), (31, 10**9))

# An arc: the characters of its modifier and of its head, counted without spaces, and its label.
Part = Tuple[Tuple[int, int], Tuple[int, int], str]
Pair = Tuple[Sentence, Sentence]


class Input(NamedTuple):
    """What a sentence is parsed from."""

    name: str
    of: Callable[[Any, Sentence], Sentence]


INPUTS = (
    Input("words and tags", lambda parser, sentence: sentence),
    Input("words", lambda parser, sentence: _without_tags(sentence)),
    Input("raw text", lambda parser, sentence: Sentence("", parser.words(_text(sentence)))),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().split("\n")[0])
    parser.add_argument("model", help="as in spigot parse --model")
    parser.add_argument("--card", type=Path, required=True, help="the file with the marks")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    model = spigot_allennlp.load(arguments.model)
    lines = list(tables(model))
    card = arguments.card.read_text(encoding="utf-8")
    (before, rest), end = card.split(MARKS[0]), MARKS[1]
    text = "\n".join([before + MARKS[0], "", *lines, "", end + rest.split(end)[1]])
    arguments.card.write_text(text, encoding="utf-8")


def tables(model: Any) -> Iterator[str]:
    train, dev, test, trees = map(corpus, (TRAIN, DEV, TEST, TREES))
    seen = {word.form.lower() for sentence in train for word in sentence.words}
    parsed: Dict[str, List[Pair]] = {}
    yield "| input | dev LF | dev UF | test LF | test UF | test LF without tops | UAS | LAS |"
    yield "|---|---|---|---|---|---|---|---|"
    for name, of in INPUTS:
        parsed[name] = list(parse(model, of, test))
        on_dev = list(parse(model, of, dev))
        of_trees = list(parse(model, of, trees))
        cells = [
            f1(on_dev, graph),
            f1(on_dev, unlabeled(graph)),
            f1(parsed[name], graph),
            f1(parsed[name], unlabeled(graph)),
            f1(parsed[name], arcs),
            f1(of_trees, unlabeled(tree)),
            f1(of_trees, tree),
        ]
        yield row(name, cells)
    yield ""
    yield from by_kind(parsed, seen)
    yield ""
    yield speed(model, test)


def by_kind(parsed: Dict[str, List[Pair]], seen: Set[str]) -> Iterator[str]:
    """LF on the test graphs by the length of sentences, and of arcs to unseen words."""
    names = [name for name in parsed if name != "raw text"]
    yield f"| test LF of | sentences | {' | '.join(names)} |"
    yield "|---|---|" + "---|" * len(names)
    pairs = parsed[names[0]]
    for low, high in LENGTHS:
        chosen = [low <= len(gold.words) <= high for gold, _ in pairs]
        label = f"{low} to {high} words" if high < 10**9 else f"{low} words and more"
        yield row(
            f"{label} | {sum(chosen)}",
            [f1([p for p, c in zip(parsed[n], chosen) if c], graph) for n in names],
        )
    for title, is_seen in (("that training has", True), ("that it has not", False)):
        chosen_arcs = partial(arcs, wanted=lambda form, s=is_seen: (form.lower() in seen) == s)
        shares = [f1(parsed[name], chosen_arcs) for name in names]
        yield row(f"all: arcs to words {title} | {len(pairs)}", shares)


def speed(model: Any, sentences: List[Sentence]) -> str:
    texts = [_text(sentence) for sentence in sentences]
    start = time.perf_counter()
    for _ in model.pipe(texts):
        pass
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return (
        f"Raw text, one thread of a CPU: {len(texts) / seconds:.0f} sentences of the test set a "
        f"second; the whole process had at most {peak:.0f} MiB."
    )


def corpus(path: str) -> List[Sentence]:
    return list(read_sentences(path, detect_format(path)))


def parse(
    model: Any, of: Callable[[Any, Sentence], Sentence], sentences: Iterable[Sentence]
) -> Iterator[Pair]:
    """Each sentence with what is found of it."""
    gold = list(sentences)
    inputs = (of(model, sentence) for sentence in gold)
    for sentence, (words, outputs) in zip(gold, model.predict(inputs)):
        yield sentence, with_predictions(words, outputs)


def f1(pairs: Iterable[Pair], parts: Callable[[Sentence], Set[Part]]) -> float:
    counts = Matches(0, 0, 0)
    for gold, system in pairs:
        sides = parts(gold), parts(system)
        found = (len(sides[0]), len(sides[1]), len(sides[0] & sides[1]))
        counts = Matches(*(a + b for a, b in zip(counts, found)))
    return ratio(2 * counts.common, counts.gold + counts.system)


def arcs(sentence: Sentence, wanted: Callable[[str], bool] = lambda form: True) -> Set[Part]:
    places = spans(sentence)
    return {
        (places[arc.modifier], places[arc.head], arc.label)
        for arc in sentence.arcs or []
        if wanted(sentence.words[arc.modifier - 1].form)
    }


def graph(sentence: Sentence) -> Set[Part]:
    """Arcs, and one from ROOT to each top node, as the official scorer has them."""
    places = spans(sentence)
    return arcs(sentence) | {(places[top], places[0], "") for top in sentence.tops}


def tree(sentence: Sentence) -> Set[Part]:
    """Labels without their subtypes, as the evaluation of Universal Dependencies has them."""
    places = spans(sentence)
    return {
        (places[number], places[word.head or 0], (word.deprel or "").split(":")[0])
        for number, word in enumerate(sentence.words, 1)
    }


def unlabeled(parts: Callable[[Sentence], Set[Part]]) -> Callable[[Sentence], Set[Part]]:
    return lambda sentence: {(modifier, head, "") for modifier, head, _ in parts(sentence)}


def spans(sentence: Sentence) -> List[Tuple[int, int]]:
    """Of each node the characters, by which words of another tokeniser are found again."""
    found, end = [(0, 0)], 0
    for word in sentence.words:
        start, end = end, end + len(word.form.replace(" ", ""))
        found.append((start, end))
    return found


def _without_tags(sentence: Sentence) -> Sentence:
    return replace(sentence, words=[word.changed(pos=None, upos=None) for word in sentence.words])


def _text(sentence: Sentence) -> str:
    """As the treebank has it; the graphs have words alone."""
    for comment in sentence.comments:
        if comment.startswith("# text = "):
            return comment[len("# text = ") :]
    return " ".join(word.form for word in sentence.words)


def row(name: str, shares: List[float]) -> str:
    return f"| {name} | " + " | ".join(f"{100 * share:.1f}" for share in shares) + " |"


if __name__ == "__main__":
    sys.exit(main())

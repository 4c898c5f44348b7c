"""What a model predicts for a sentence, as JSON and for a corpus file."""

import logging
from dataclasses import replace
from typing import Any, Dict, Optional, Sequence

from bilexical.formats.conll_comments import comment_value, with_comment
from bilexical.formats.conversion import converted
from bilexical.formats.enhanced import with_deps, without_deps
from bilexical.formats.sentence import Arc, Sentence

logger = logging.getLogger(__name__)

LAYERS = ("heads", "deprels", "arcs", "tops", "predicates", "label", "probabilities")


def json_output(sentence: Sentence, outputs: Dict[str, Any]) -> Dict[str, Any]:
    """
    `id` (if the sentence has one), `words`, those of `LAYERS` that are among `outputs`, and what a
    JSON input had under further keys. Words are numbered from 1, and 0 is ROOT.
    """
    output: Dict[str, Any] = {"id": sentence.id} if sentence.id else {}
    output["words"] = [word.form for word in sentence.words]
    output.update((layer, outputs[layer]) for layer in LAYERS if layer in outputs)
    for key, value in sentence.further.items():
        output.setdefault(key, value)
    return output


def with_predictions(sentence: Sentence, outputs: Dict[str, Any]) -> Sentence:
    """
    A copy of `sentence` with a model's predictions in place of its own annotation.

    A layer that the model does not predict stays as it is: a tree, a graph, and always lemmas and
    tags. The predicates of a predicted graph are the words that have an argument, and those that
    the model was given, without the senses (frames) of the graph that it replaces.
    """
    words = sentence.words
    for layer in ("heads", "deprels"):
        if layer in outputs and len(outputs[layer]) != len(words):
            raise ValueError(
                f"sentence '{sentence.id}' has {len(words)} words but the model's output has "
                f"{len(outputs[layer])} {layer}."
            )
    # For each attribute of a word that changes, its values.
    changes: Dict[str, Sequence[Any]] = {}
    if "heads" in outputs:
        changes["head"] = outputs["heads"]
        changes["deprel"] = outputs.get("deprels", [None] * len(words))
    arcs = sentence.arcs
    if "arcs" in outputs:
        arcs = [Arc(arc["modifier"], arc["head"], arc["label"]) for arc in outputs["arcs"]]
        predicates = {arc.head for arc in arcs}.union(outputs.get("predicates", []))
        changes["is_predicate"] = [n in predicates for n in range(1, len(words) + 1)]
        changes["frame"] = [None] * len(words)
    if "tops" in outputs:
        tops = set(outputs["tops"])
        changes["is_top"] = [n in tops for n in range(1, len(words) + 1)]
    if changes:
        words = [
            word.changed(**dict(zip(changes, values)))
            for word, values in zip(words, zip(*changes.values()))
        ]
    return replace(sentence, words=words, arcs=arcs)


def predicted_sentence(
    sentence: Sentence,
    outputs: Dict[str, Any],
    own_format: Optional[str],
    file_format: str,
    number: int,
) -> Sentence:
    """
    The sentence to write: `with_predictions`, and `converted` if `file_format` is not `own_format`.
    In `conllu` a graph that is predicted, or comes from another format, goes to the column DEPS.
    Beside a predicted tree, no columns of the tree that it replaces are left: DEPS, or PHEAD and
    PDEPREL in `conllx`.
    """
    predicted = with_predictions(sentence, outputs)
    if "heads" in outputs:
        predicted = without_deps(predicted, and_misc=own_format == "conllx")
    if file_format != own_format:
        num_arcs = len(predicted.arcs or [])
        predicted = converted(predicted, file_format, number)
        if len(predicted.arcs or []) < num_arcs:
            logger.warning(
                "Sentence %r: %d arcs from a word to itself are left out, as %s cannot have them.",
                sentence.id,
                num_arcs - len(predicted.arcs or []),
                file_format,
            )
        return predicted
    new_graph = "arcs" in outputs or "tops" in outputs
    return with_deps(predicted) if new_graph and file_format == "conllu" else predicted


def with_class(
    sentence: Sentence, outputs: Dict[str, Any], file_format: str, name: str = "label"
) -> Sentence:
    """
    The sentence to write with the class that is predicted, if one is: the comment `name` in
    `conllu`, and wherever the sentence has such a comment. Other formats cannot hold it.
    """
    can_hold = file_format == "conllu" or comment_value(sentence.comments, name)
    if "label" not in outputs or not can_hold:
        return sentence
    return replace(sentence, comments=with_comment(sentence.comments, name, str(outputs["label"])))

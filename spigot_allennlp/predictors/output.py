"""What a model predicts for a sentence, as JSON and as lines of a corpus file."""

import logging
from dataclasses import replace
from typing import Any, Dict, List, Optional

from spigot_allennlp.formats.conll import format_conll
from spigot_allennlp.formats.conll09 import format_conll09
from spigot_allennlp.formats.enhanced import with_deps
from spigot_allennlp.formats.sdp import format_sdp
from spigot_allennlp.formats.sdp_layouts import SDP_LAYOUTS
from spigot_allennlp.formats.sentence import Arc, Sentence

logger = logging.getLogger(__name__)

LAYERS = ("heads", "deprels", "arcs", "tops")
FILE_FORMATS = (*SDP_LAYOUTS, "conllu", "conllx", "conll09")


def json_output(sentence: Sentence, outputs: Dict[str, Any]) -> Dict[str, Any]:
    """
    `id` (if the sentence has one), `words` and those of `LAYERS` that are among `outputs`. Words
    are numbered from 1, and 0 is ROOT.
    """
    output: Dict[str, Any] = {"id": sentence.id} if sentence.id else {}
    output["words"] = [word.form for word in sentence.words]
    output.update((layer, outputs[layer]) for layer in LAYERS if layer in outputs)
    return output


def with_predictions(sentence: Sentence, outputs: Dict[str, Any]) -> Sentence:
    """
    A copy of `sentence` with a model's predictions in place of its own annotation.

    A layer that the model does not predict stays as it is: a tree, a graph, and always lemmas, tags
    and senses (frames). The predicates of a predicted graph are the words that have an argument.
    """
    words = sentence.words
    for layer in ("heads", "deprels"):
        if layer in outputs and len(outputs[layer]) != len(words):
            raise ValueError(
                f"sentence '{sentence.id}' has {len(words)} words but the model's output has "
                f"{len(outputs[layer])} {layer}."
            )
    if "heads" in outputs:
        deprels: List[Optional[str]] = outputs.get("deprels", [None] * len(words))
        words = [
            replace(word, head=head, deprel=deprel)
            for word, head, deprel in zip(words, outputs["heads"], deprels)
        ]
    arcs = sentence.arcs
    if "arcs" in outputs:
        arcs = [Arc(arc["modifier"], arc["head"], arc["label"]) for arc in outputs["arcs"]]
        predicates = {arc.head for arc in arcs}
        words = [replace(word, is_predicate=n in predicates) for n, word in enumerate(words, 1)]
    if "tops" in outputs:
        tops = set(outputs["tops"])
        words = [replace(word, is_top=n in tops) for n, word in enumerate(words, 1)]
    return replace(sentence, words=words, arcs=arcs)


def format_sentence(sentence: Sentence, file_format: str) -> str:
    """The lines of a sentence in one of `FILE_FORMATS`, with the blank one at the end."""
    if file_format in SDP_LAYOUTS:
        return format_sdp(sentence, file_format)
    return format_conll09(sentence) if file_format == "conll09" else format_conll(sentence)


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
    """
    predicted = with_predictions(sentence, outputs)
    new_graph = "arcs" in outputs or "tops" in outputs
    if file_format != own_format:
        predicted = converted(predicted, file_format, number)
        new_graph = predicted.arcs is not None
    return with_deps(predicted) if new_graph and file_format == "conllu" else predicted


def converted(sentence: Sentence, file_format: str, number: int) -> Sentence:
    """
    A copy of `sentence`, which was in another format, without what only that format has and with
    the comments that `file_format` needs.

    # Parameters

    sentence : `Sentence`
    file_format : `str`
        One of `FILE_FORMATS`.
    number : `int`
        Of the sentence in the new file, from 1. The first gets the header of the format, if there
        is one, and a sentence without id its number: the official scorer asks for both.
    """
    name = sentence.id or str(number)
    comments = []
    if file_format in SDP_LAYOUTS:
        layout = SDP_LAYOUTS[file_format]
        if layout.has_header and number == 1:
            comments.append(f"#SDP {layout.header}")
        comments.append(f"#{name}")
    elif file_format == "conllu":
        comments.append(f"# sent_id = {name}")
    else:
        # CoNLL-X and CoNLL-2009 have no comments, and so no ids.
        name = ""
    words = [replace(word, deps=None, misc=None, predicted=None) for word in sentence.words]
    arcs = sentence.arcs
    if arcs is not None and file_format != "conll09":
        loops = [arc for arc in arcs if arc.head == arc.modifier]
        if loops:
            logger.warning(
                "Sentence %r: %d arcs from a word to itself are left out, as %s cannot have them.",
                sentence.id,
                len(loops),
                file_format,
            )
            arcs = [arc for arc in arcs if arc.head != arc.modifier]
    return replace(sentence, id=name, words=words, arcs=arcs, comments=comments, extra_lines=[])

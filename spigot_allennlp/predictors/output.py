"""What a model predicts for a sentence, as JSON and as lines of a corpus file."""

from dataclasses import replace
from typing import Any, Dict, List, Optional

from spigot_allennlp.formats.conll import format_conll
from spigot_allennlp.formats.sdp import format_sdp
from spigot_allennlp.formats.sdp_layouts import SDP_LAYOUTS
from spigot_allennlp.formats.sentence import Arc, Sentence

LAYERS = ("heads", "deprels", "arcs", "tops")
FILE_FORMATS = (*SDP_LAYOUTS, "conllu", "conllx")


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
    return format_conll(sentence)


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
        header = SDP_LAYOUTS[file_format].header
        if header is not None and number == 1:
            comments.append(f"#SDP {header}")
        comments.append(f"#{name}")
    elif file_format == "conllu":
        comments.append(f"# sent_id = {name}")
    else:
        # CoNLL-X has no comments, and so no ids.
        name = ""
    words = [replace(word, deps=None, misc=None) for word in sentence.words]
    return replace(sentence, id=name, words=words, comments=comments, extra_lines=[])

"""Which sentences or phrases of a sentiment corpus become instances, and with which label."""

import logging
from typing import Dict, Iterator, NamedTuple, Optional, Sequence, Tuple

from bilexical.formats.errors import FormatError
from bilexical.formats.sentence import Sentence
from bilexical.formats.sentiment import LabeledSentence
from bilexical.formats.sentiment import unescape as unescape_sentence
from bilexical.formats.sst import detect_sst_layout, read_sst, read_sst_leniently
from spigot_allennlp.dataset_readers.companion_graphs import companion_path, with_companion_graphs

logger = logging.getLogger(__name__)

#: The classes that the labels 0 to 4 become; `None` is left out.
GRANULARITIES: Dict[str, Tuple[Optional[str], ...]] = {
    "5-class": ("very negative", "negative", "neutral", "positive", "very positive"),
    "3-class": ("negative", "negative", "neutral", "positive", "positive"),
    "2-class": ("negative", "negative", None, "positive", "positive"),
}
_BINARY_CLASSES = ("negative", "positive")


class Example(NamedTuple):
    """A sentence or phrase and its class, which what is to be predicted has not."""

    sentence: Sentence
    label: Optional[str]


def sentiment_examples(
    path: str, granularity: str, use_subtrees: bool, unescape: bool, graphs: Optional[str]
) -> Iterator[Example]:
    """
    The examples of a file; the parameters are those of the reader `sst`. How many there are of each
    class, and what was left out, is logged after the last one.

    Raises `FormatError` for a file that is not sound or does not have what the parameters ask for.
    """
    layout = detect_sst_layout(path)
    logger.info("%s is read as %s.", path, layout.replace("_", " "))
    if use_subtrees:
        logger.warning(
            "%s: use_subtrees is on, so every phrase of it is an instance. This is for training "
            "only; evaluate on sentences.",
            path,
        )
    classes = _classes(path, layout, granularity, use_subtrees)
    counts: Dict[Optional[str], int] = dict.fromkeys(classes, 0)
    num_sentences = 0
    for sentence, phrases in _sentences(path, read_sst(path, layout), unescape, graphs):
        num_sentences += 1
        for label, start, end in phrases if use_subtrees else phrases[:1]:
            name = classes[label]
            counts[name] += 1
            if name is None:
                continue
            if use_subtrees:
                yield Example(Sentence("", sentence.words[start:end], line=sentence.line), name)
            else:
                yield Example(sentence, name)
    _log_counts(path, num_sentences, counts, use_subtrees)


def examples_to_predict(path: str, unescape: bool, graphs: Optional[str]) -> Iterator[Example]:
    """
    All sentences of a file, whatever their labels and graphs; parameters as above. Raises
    `FormatError` if the words are not sound, or not those of the graphs.
    """
    for sentence, _ in _sentences(path, read_sst_leniently(path), unescape, graphs, leniently=True):
        yield Example(sentence, None)


def _sentences(
    path: str,
    sentences: Iterator[LabeledSentence],
    unescape: bool,
    graphs: Optional[str],
    leniently: bool = False,
) -> Iterator[LabeledSentence]:
    if unescape:
        sentences = (
            LabeledSentence(unescape_sentence(sentence), phrases) for sentence, phrases in sentences
        )
    if graphs is None:
        return sentences
    logger.info("%s: graphs from %s.", path, companion_path(path, graphs))
    return with_companion_graphs(sentences, path, graphs, leniently)


def _classes(
    path: str, layout: str, granularity: str, use_subtrees: bool
) -> Sequence[Optional[str]]:
    if layout == "trees":
        return GRANULARITIES[granularity]
    if use_subtrees:
        raise FormatError(
            path,
            None,
            "columns have no labels of phrases, which use_subtrees is to read.",
            "Leave out use_subtrees, or give the file with the trees.",
        )
    if layout == "columns":
        return GRANULARITIES[granularity]
    if granularity != "2-class":
        raise FormatError(
            path,
            None,
            f"all labels are 0 or 1, which has no granularity {granularity}.",
            "Set granularity to 2-class, or give the file with labels from 0 to 4.",
        )
    return _BINARY_CLASSES


def _log_counts(
    path: str, num_sentences: int, counts: Dict[Optional[str], int], use_subtrees: bool
) -> None:
    read = f"{num_sentences} sentences"
    if use_subtrees:
        read = f"{sum(counts.values())} phrases of {read}, duplicates included"
    by_class = ", ".join(f"{counts[name]} {name}" for name in counts if name is not None)
    if None in counts:
        by_class += f"; {counts[None]} neutral ones were left out"
    logger.info("%s: %s: %s.", path, read, by_class)

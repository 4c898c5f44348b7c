"""Which sentences of a file become instances, and with which tree."""

import logging
from typing import Iterable, Iterator, List, NamedTuple, Optional, Sequence

from allennlp.common.checks import ConfigurationError

from bilexical.formats.errors import FormatError
from bilexical.formats.sentence import Sentence
from bilexical.formats.trees import is_projective, projectivize
from spigot_allennlp.dataset_readers.graph_sources import arcs_between_words

logger = logging.getLogger(__name__)

NONPROJECTIVE_CHOICES = ("keep", "drop", "projectivize")

#: How many of the lines of dropped sentences are named.
_SHOWN = 5


class Selected(NamedTuple):
    """A sentence and the heads to learn from, `None` if the corpus has no tree."""

    sentence: Sentence
    heads: Optional[List[int]]


def check_options(nonprojective: str, max_tokens: Optional[int]) -> None:
    """Raises `ConfigurationError` for option values that no reader understands."""
    if nonprojective not in NONPROJECTIVE_CHOICES:
        raise ConfigurationError(
            f"nonprojective must be one of {', '.join(NONPROJECTIVE_CHOICES)} "
            f"but is {nonprojective!r}."
        )
    if max_tokens is not None and max_tokens < 1:
        raise ConfigurationError(f"max_tokens must be at least 1 but is {max_tokens}.")


def select_sentences(
    sentences: Iterable[Sentence],
    path: str,
    nonprojective: str,
    read_syntax: bool = True,
    drop_without_arcs: bool = False,
    drop_without_tree: bool = False,
) -> Iterator[Selected]:
    """
    The sentences to use. What was left out or changed is logged after the last one.

    # Parameters

    sentences : `Iterable[Sentence]`
    path : `str`
        The file they come from, for messages.
    nonprojective : `str`
        What happens to a tree that is not projective: `keep`, `drop` (the sentence) or
        `projectivize`.
    read_syntax : `bool`
        Whether the trees are used at all.
    drop_without_arcs : `bool`
        Whether sentences whose graph has no arc between two words are left out.
    drop_without_tree : `bool`
        Whether sentences without a tree are left out, with a warning, if others have one. Whether
        any has is known at the end, so that a file without trees is in memory before the first
        sentence comes.

    Raises `FormatError` if one sentence has a tree and another, not left out, has none: they fit
    into no batch.
    """
    num_sentences = num_trees = num_nonprojective = num_rooted_twice = num_without_arcs = 0
    without_tree: List[Sentence] = []
    for sentence in sentences:
        num_sentences += 1
        if drop_without_arcs and not arcs_between_words(sentence):
            num_without_arcs += 1
            continue
        heads = _heads(sentence) if read_syntax else None
        if drop_without_tree and heads is None:
            without_tree.append(sentence)
            continue
        num_selected = num_sentences - num_without_arcs - len(without_tree)
        if read_syntax and (num_trees + (heads is not None)) not in (0, num_selected):
            raise _differs_from_those_before(path, sentence, "tree", heads is not None)
        if heads is not None:
            num_trees += 1
            num_rooted_twice += heads.count(0) > 1
            if not is_projective(heads):
                num_nonprojective += 1
                if nonprojective == "drop":
                    continue
                if nonprojective == "projectivize":
                    heads = projectivize(heads)
        yield Selected(sentence, heads)
    if without_tree and num_trees:
        _warn_of_dropped(path, without_tree)
    else:
        yield from (Selected(sentence, None) for sentence in without_tree)
    logger.info("%s: %d sentences, %d with a tree.", path, num_sentences, num_trees)
    if num_trees:
        _log_nonprojective(path, num_nonprojective, num_trees, nonprojective)
        if num_rooted_twice:
            share = _share_of_trees(num_rooted_twice, num_trees)
            logger.info("%s: %s have several roots; they were kept.", path, share)
    if drop_without_arcs:
        level = logging.WARNING if 0 < num_without_arcs == num_sentences else logging.INFO
        logger.log(level, "%s: %d sentences without arcs were dropped.", path, num_without_arcs)


def with_graphs_or_without(selected: Iterable[Selected], path: str) -> Iterator[Selected]:
    """
    The same sentences. Raises `FormatError` if only some of them have graphs: they fit into no
    batch.
    """
    had_graph: Optional[bool] = None
    for each in selected:
        has_graph = each.sentence.arcs is not None
        if had_graph not in (None, has_graph):
            raise _differs_from_those_before(path, each.sentence, "graph", has_graph)
        had_graph = has_graph
        yield each


def sentences_to_predict(
    sentences: Iterable[Sentence], path: str, read_syntax: bool = True
) -> Iterator[Selected]:
    """
    All sentences, with their trees as they are. What no output can have of them is logged after the
    last one.
    """
    num_senses = num_deps = 0
    for sentence in sentences:
        num_senses += sum(word.frame is not None for word in sentence.words)
        num_deps += any(word.deps is not None for word in sentence.words)
        yield Selected(sentence, _heads(sentence) if read_syntax else None)
    if num_senses:
        logger.warning(
            "%s: %d words have a sense, which no model predicts. Where the graph is predicted, the "
            "output has _ in its place.",
            path,
            num_senses,
        )
    if num_deps:
        logger.warning(
            "%s: %d sentences have arcs in column 9 (DEPS, PHEAD). Where the tree is predicted, "
            "the output has _ in their place, or the predicted graph.",
            path,
            num_deps,
        )


def _differs_from_those_before(
    path: str, sentence: Sentence, what: str, has_it: bool
) -> FormatError:
    return FormatError(
        path,
        sentence.line,
        f"the sentence {sentence.id!r} has {'a' if has_it else 'no'} {what}, unlike those before "
        "it.",
        f"Give every sentence of a file a {what}, or none of them.",
    )


def _warn_of_dropped(path: str, without_tree: Sequence[Sentence]) -> None:
    logger.warning(
        "%s: %d sentences have no tree, unlike the others, and were dropped from training: see "
        "line %s%s.",
        path,
        len(without_tree),
        ", ".join(str(sentence.line) for sentence in without_tree[:_SHOWN]),
        " and others" if len(without_tree) > _SHOWN else "",
    )


def _log_nonprojective(path: str, count: int, num_trees: int, nonprojective: str) -> None:
    if not count:
        logger.info("%s: all %d trees are projective.", path, num_trees)
        return
    done = {
        "keep": "they were kept",
        "drop": "their sentences were dropped",
        "projectivize": "they were projectivized",
    }[nonprojective]
    # Whether a model can learn them is for the model to say.
    logger.info("%s: %s are not projective; %s.", path, _share_of_trees(count, num_trees), done)


def _share_of_trees(count: int, num_trees: int) -> str:
    return f"{count} of {num_trees} trees ({count / num_trees:.1%})"


def _heads(sentence: Sentence) -> Optional[List[int]]:
    heads = [word.head for word in sentence.words if word.head is not None]
    return heads or None

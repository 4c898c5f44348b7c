"""The instance of a sentence: the same for every reader and for the predictor."""

from typing import Any, Dict, List, Optional, Sequence, Tuple

from allennlp.common.checks import ConfigurationError
from allennlp.data import Field, Instance
from allennlp.data.fields import AdjacencyField, MetadataField, SequenceLabelField, TextField

from bilexical.formats.sentence import TOP_LABEL, Arc, Sentence, Word
from bilexical.formats.trees import TreeError, check_tree
from spigot_allennlp.dataset_readers.word_features import fine_tags
from spigot_allennlp.dataset_readers.word_token import WordToken
from spigot_allennlp.labels import DEPRELS_NAMESPACE, ROLES_NAMESPACE

#: Every string attribute of node 0, and its `deprel`.
ROOT = "@root@"


def sentence_instance(
    words: Sequence[str],
    lemmas: Optional[Sequence[Optional[str]]] = None,
    pos: Optional[Sequence[Optional[str]]] = None,
    upos: Optional[Sequence[Optional[str]]] = None,
    heads: Optional[Sequence[int]] = None,
    deprels: Optional[Sequence[Optional[str]]] = None,
    arcs: Optional[Sequence[Tuple[int, int, str]]] = None,
    tops: Optional[Sequence[int]] = None,
    sentence: Optional[Sentence] = None,
    source: Optional[str] = None,
    file_format: Optional[str] = None,
    max_tokens: Optional[int] = None,
    allow_empty: bool = False,
) -> Instance:
    """
    The instance of a sentence. Its node 0 is ROOT, so each field has one entry more than `words`.

    # Parameters

    words : `Sequence[str]`
    lemmas, pos, upos : `Optional[Sequence[Optional[str]]]`
        One value per word. The tokens' fine tags are `upos` where no word has a `pos`.
    heads : `Optional[Sequence[int]]`
        The head of each word, 0 for ROOT; they must be a tree.
    deprels : `Optional[Sequence[Optional[str]]]`
        The label of the arc from each word's head; `None` becomes `_`.
    arcs : `Optional[Sequence[Tuple[int, int, str]]]`
        Modifier, head and label of each arc of the semantic graph, without top nodes. `None` if the
        graph is not known, empty if it is known to have no arc.
    tops : `Optional[Sequence[int]]`
        The graph's top nodes.
    sentence : `Optional[Sentence]`
        The sentence as the corpus has it, for output; made of the other arguments if not given.
    source : `Optional[str]`
        File and line, for messages.
    file_format : `Optional[str]`
        The layout of that file.
    max_tokens : `Optional[int]`
        The largest number of words allowed.
    allow_empty : `bool`
        Whether there may be no words at all.

    # Returns

    `Instance`
        `tokens`, `metadata` and, as far as they are known, `heads`, `deprels` and `graph`. The
        graph is an `AdjacencyField` with indices (modifier, head), 0 where there is no arc.

    Raises `ConfigurationError` for values that are not those of one sentence.
    """
    place = _place(words, sentence, source)
    _check_lengths(
        place,
        words,
        max_tokens,
        allow_empty,
        lemmas=lemmas,
        pos=pos,
        upos=upos,
        heads=heads,
        deprels=deprels,
        sentence=sentence.words if sentence else None,
    )
    missing = [None] * len(words)
    tokens = TextField(
        [WordToken(ROOT, lemma_=ROOT, tag_=ROOT, pos_=ROOT)]
        + [
            WordToken(form, lemma_=lemma, tag_=tag, pos_=coarse)
            for form, lemma, tag, coarse in zip(
                words, lemmas or missing, fine_tags(pos, upos) or missing, upos or missing
            )
        ]
    )
    fields: Dict[str, Field[Any]] = {"tokens": tokens}
    if heads is not None:
        _check_heads(place, heads)
        fields["heads"] = SequenceLabelField([0] + list(heads), tokens, "head_labels")
    if deprels is not None:
        if heads is None:
            raise ConfigurationError(f"{place}: deprels without heads. Give both.")
        fields["deprels"] = SequenceLabelField(
            [ROOT] + [deprel or "_" for deprel in deprels], tokens, DEPRELS_NAMESPACE
        )
    if arcs is not None:
        fields["graph"] = _graph(place, tokens, arcs, tops or [])
    elif tops is not None:
        raise ConfigurationError(f"{place}: tops without arcs. Give both; arcs may be empty.")
    if sentence is None:
        columns = (words, lemmas, pos, upos, heads, deprels)
        sentence = _sentence([column or missing for column in columns], arcs, tops or [])
    fields["metadata"] = MetadataField(
        {"sentence": sentence, "format": file_format, "source": source}
    )
    return Instance(fields)


def _graph(
    place: str, tokens: TextField, arcs: Sequence[Tuple[int, int, str]], tops: Sequence[int]
) -> AdjacencyField:
    words = range(1, tokens.sequence_length())
    pairs = set()
    for modifier, head, label in arcs:
        if modifier not in words or head not in words or modifier == head:
            raise ConfigurationError(
                f"{place}: the arc from {head!r} to {modifier!r} ({label}) does not join two of "
                f"the words 1 to {len(words)}. Top nodes are given as tops."
            )
        if label == TOP_LABEL:
            raise ConfigurationError(
                f"{place}: an arc has the label {TOP_LABEL}, which is that of top nodes. "
                "Give the label another name, or give the word among the tops."
            )
        if (modifier, head) in pairs:
            raise ConfigurationError(
                f"{place}: two arcs from word {head} to word {modifier}. Keep one of them."
            )
        pairs.add((modifier, head))
    for top in tops:
        if top not in words:
            raise ConfigurationError(f"{place}: the top {top!r} is not one of 1 to {len(words)}.")
    distinct_tops = sorted(set(tops))
    return AdjacencyField(
        [(top, 0) for top in distinct_tops] + [(modifier, head) for modifier, head, _ in arcs],
        tokens,
        [TOP_LABEL] * len(distinct_tops) + [label for _, _, label in arcs],
        label_namespace=ROLES_NAMESPACE,
        padding_value=0,
    )


def _sentence(
    columns: Sequence[Sequence[Any]],
    arcs: Optional[Sequence[Tuple[int, int, str]]],
    tops: Sequence[int],
) -> Sentence:
    predicates = {head for _, head, _ in arcs or []}
    words = []
    for number, (form, lemma, pos, upos, head, deprel) in enumerate(zip(*columns), 1):
        word = Word(form, lemma, pos, upos, head, deprel)
        word.is_top = number in tops
        word.is_predicate = number in predicates
        words.append(word)
    return Sentence("", words, None if arcs is None else [Arc(*arc) for arc in arcs])


def _place(words: Sequence[str], sentence: Optional[Sentence], source: Optional[str]) -> str:
    start = " ".join(words[:5]) + (" ..." if len(words) > 5 else "")
    name = f"sentence {sentence.id!r}" if sentence and sentence.id else f"the sentence {start!r}"
    return f"{source}, {name}" if source else name


def _check_lengths(
    place: str,
    words: Sequence[str],
    max_tokens: Optional[int],
    allow_empty: bool,
    **columns: Optional[Sequence[Any]],
) -> None:
    if not words and not allow_empty:
        raise ConfigurationError(f"{place} has no words. Give at least one.")
    if max_tokens is not None and len(words) > max_tokens:
        raise ConfigurationError(
            f"{place} has {len(words)} tokens but max_tokens is {max_tokens}. "
            "Raise max_tokens if the memory suffices, or split or remove the sentence."
        )
    for name, column in columns.items():
        if column is not None and len(column) != len(words):
            raise ConfigurationError(
                f"{place}: {len(words)} words but {len(column)} values of {name}. "
                "Give one value per word."
            )


def _check_heads(place: str, heads: Sequence[int]) -> None:
    strangers: List[object] = [head for head in heads if not isinstance(head, int)]
    if strangers:
        raise ConfigurationError(
            f"{place}: the head {strangers[0]!r} is not a number. Give 0 for ROOT."
        )
    try:
        check_tree(heads)
    except TreeError as error:
        raise ConfigurationError(
            f"{place}: {error.problem} Each word needs a head from which ROOT (0) is reached."
        ) from error

"""Sentences of one format in another, and what of them the other has no place for."""

from collections import Counter
from dataclasses import replace
from typing import Any, Dict, FrozenSet, Iterator, Optional, Set
from typing import Counter as CounterType

from bilexical.formats.argument_columns import predicate_numbers
from bilexical.formats.corpus_files import detect_format, format_sentence, read_sentences
from bilexical.formats.enhanced import with_deps, with_enhanced_graph
from bilexical.formats.errors import FormatError, LabelError, Path
from bilexical.formats.sdp_layouts import SDP_LAYOUTS, header_year
from bilexical.formats.sentence import Sentence, Word

_LOOPS = frozenset(["arcs from a word to itself"])
_SDP_2014 = _LOOPS | frozenset(
    ["ids", "lemmas", "tags", "arcs", "top nodes", "predicates without arguments"]
)
_SENSES = frozenset(["senses", "senses of words that are no predicates"])
_CONLLX = frozenset(["lemmas", "tags", "coarse tags", "features", "trees"])

# Where a sentence without id is given one.
_ASK_FOR_IDS = (*SDP_LAYOUTS, "conllu")

# What stands in the columns of CoNLL-X.
_CONLLX_COLUMNS = ("form", "lemma", "pos", "upos", "feats", "deprel")

#: What the formats have a place for besides words, of that which more than one of them has.
HOLDS: Dict[str, FrozenSet[str]] = {
    "sdp": _SDP_2014 | _SENSES,
    "sdp_augmented": _SDP_2014 | _SENSES | {"trees"},
    "sdp_2014": _SDP_2014,
    "conllu": _CONLLX | {"ids", "arcs", "top nodes"},
    "conllx": _CONLLX,
    "conll09": (_CONLLX - {"coarse tags"})
    | _LOOPS
    | {"arcs", "predicates without arguments", "senses"},
    "jsonl": _CONLLX | _SDP_2014 | _SENSES,
}


class Conversion:
    """
    The conversion of a file, sentence by sentence, and what it leaves out and adds on the way.

    # Parameters

    path : `Path`
        A file in one of `FILE_FORMATS`.
    target : `str`
        The one of `FILE_FORMATS` to write. If it is that of the file, everything stays as it is.
    source : `Optional[str]`
        The format of the file; found out by `detect_format` if not given.

    # Attributes

    left_out, added, replaced : `Counter[str]`
        What the target has no place for, what it asks for, and values with white space, which
        CoNLL-X does not allow and which is written as `_`.
    num_repeated_ids : `int`
        How many sentences have an id that was added to one before.
    """

    def __init__(self, path: Path, target: str, source: Optional[str] = None) -> None:
        self.path = path
        self.source = source or detect_format(path)
        self.target = target
        self.num_sentences = 0
        self.left_out: CounterType[str] = Counter()
        self.added: CounterType[str] = Counter()
        self.replaced: CounterType[str] = Counter()
        self.num_repeated_ids = 0
        self._ids: Set[str] = set()
        self._added_ids: Set[str] = set()
        self._next_id = 1

    def lines(self) -> Iterator[str]:
        """
        The lines of the new file, one string for each sentence. The attributes grow with them.

        Raises `FormatError` for a file that does not follow its format, and for a label that the
        new one cannot write.
        """
        for sentence in read_sentences(self.path, self.source):
            self.num_sentences += 1
            try:
                if self.target != self.source:
                    sentence = self._convert(sentence)
                text = format_sentence(sentence, self.target)
            except LabelError as error:
                raise FormatError(self.path, sentence.line, error.problem, error.remedy) from error
            yield text

    def _convert(self, sentence: Sentence) -> Sentence:
        if self.source == "conllu" and any(word.deps for word in sentence.words):
            sentence, counts = with_enhanced_graph(sentence, str(self.path))
            self.left_out.update(counts.left_out())
        for name, count in contents(sentence, self.source).items():
            if name not in HOLDS[self.target]:
                self.left_out[name] += count
        if self.target == "conllx":
            for name, count in _with_space(sentence).items():
                self.replaced[name] += count
        self._check_id(sentence)
        if self.target in SDP_LAYOUTS and sentence.arcs is None:
            self.added["empty graphs"] += 1
        if self.target in _ASK_FOR_IDS:
            sentence = self._with_id(sentence)
        return converted(sentence, self.target, self.num_sentences)

    def _with_id(self, sentence: Sentence) -> Sentence:
        if sentence.id:
            self.num_repeated_ids += sentence.id in self._added_ids
            self._ids.add(sentence.id)
            return sentence
        # Its number, or the next one that no sentence before has: those after it are not read yet.
        number = max(self._next_id, self.num_sentences)
        while str(number) in self._ids:
            number += 1
        self._next_id = number + 1
        self._added_ids.add(str(number))
        self.added["ids"] += 1
        return replace(sentence, id=str(number))

    def _check_id(self, sentence: Sentence) -> None:
        """Raises `FormatError` for an id that the target format would read as something else."""
        if self.target in SDP_LAYOUTS and header_year(f"#{sentence.id}"):
            raise FormatError(
                self.path,
                sentence.line,
                f"the sentence has the id {sentence.id!r}, which in {self.target} is the header "
                "of a file.",
                "Give it another id, or choose another format.",
            )


def contents(sentence: Sentence, file_format: str) -> Dict[str, int]:
    """
    How much of what the formats may have a place for there is in a sentence.

    # Parameters

    sentence : `Sentence`
    file_format : `str`
        The one of `FILE_FORMATS` that it comes from. Only that format has a place for what is not
        in `HOLDS`.
    """
    words, arcs = sentence.words, sentence.arcs or []
    heads = {arc.head for arc in arcs}
    predicates = predicate_numbers(sentence)
    num_loops = sum(arc.head == arc.modifier for arc in arcs)
    has_sense = [word.frame is not None for word in words]
    num_senses = sum(has_sense[number - 1] for number in predicates)
    num_ranges = sum("-" in extra.text.split("\t")[0] for extra in sentence.extra_lines)
    further = [comment for comment in sentence.comments if comment and not header_year(comment)]
    counts = {
        "ids": int(bool(sentence.id)),
        "comments": len(further) - int(bool(sentence.id and further)),
        "lemmas": sum(word.lemma is not None for word in words),
        "tags": sum(word.pos is not None for word in words),
        "coarse tags": sum(word.upos is not None for word in words),
        "features": sum(word.feats is not None for word in words),
        "trees": int(any((word.head, word.deprel) != (None, None) for word in words)),
        "arcs": len(arcs) - num_loops,
        "arcs from a word to itself": num_loops,
        "top nodes": sum(word.is_top for word in words),
        "predicates without arguments": len(predicates) - len(heads),
        "senses": num_senses,
        "senses of words that are no predicates": sum(has_sense) - num_senses,
        "multiword ranges": num_ranges,
        "empty nodes": len(sentence.extra_lines) - num_ranges,
        "values of PLEMMA, PPOS, PFEAT, PHEAD and PDEPREL": sum(
            value is not None for word in words for value in word.predicted or ()
        ),
    }
    if file_format == "conllu":
        counts["values of MISC"] = sum(word.misc is not None for word in words)
    if file_format == "conllx":
        counts["values of PHEAD and PDEPREL"] = sum(
            value is not None for word in words for value in (word.deps, word.misc)
        )
    if file_format == "jsonl":
        counts["further keys"] = len(sentence.further)
    return counts


def converted(sentence: Sentence, file_format: str, number: int) -> Sentence:
    """
    A copy of `sentence`, which was in another format, without what only that format has and with
    the comments that `file_format` needs. In CoNLL-U the graph is in the column DEPS as well.

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
        # CoNLL-X and CoNLL-2009 have no comments, and so no ids; in JSON an id may be missing.
        name = sentence.id if file_format == "jsonl" else ""
    words = [word.changed(deps=None, misc=None, predicted=None) for word in sentence.words]
    if file_format == "conllx":
        words = [_without_space(word) for word in words]
    arcs = sentence.arcs
    if arcs is not None and not _LOOPS <= HOLDS[file_format]:
        arcs = [arc for arc in arcs if arc.head != arc.modifier]
    result = replace(
        sentence,
        id=name,
        words=words,
        arcs=arcs,
        comments=comments,
        extra_lines=[],
        further=sentence.further if file_format == "jsonl" else {},
    )
    has_graph = arcs is not None or any(word.is_top for word in words)
    return with_deps(result) if has_graph and file_format == "conllu" else result


def _with_space(sentence: Sentence) -> Dict[str, int]:
    """How many values with white space the columns of CoNLL-X would have."""
    return {
        f"values of {attribute}": sum(
            any(map(str.isspace, getattr(word, attribute) or "")) for word in sentence.words
        )
        for attribute in _CONLLX_COLUMNS
    }


def _without_space(word: Word) -> Word:
    """A word with `_` for white space, which no column of CoNLL-X may hold."""
    changes: Dict[str, Any] = {
        attribute: "".join("_" if each.isspace() else each for each in value)
        for attribute in _CONLLX_COLUMNS
        for value in [getattr(word, attribute)]
        if value is not None
    }
    return word.changed(**changes)

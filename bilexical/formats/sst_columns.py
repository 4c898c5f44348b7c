"""
Sentences with one label each, in the columns `id form lemma pos label` of the SPIGOT authors'
release: the label stands on every word, and `# instance <id>` before the sentence.
"""

import os
import re
from typing import Iterable, Iterator, List

from bilexical.formats.errors import FormatError, Path
from bilexical.formats.lenient import with_values
from bilexical.formats.sentence import Sentence, Word
from bilexical.formats.sentiment import NUM_LABELS, LabeledPhrase, LabeledSentence
from bilexical.formats.text import Block, format_columns, read_blocks, write_text
from bilexical.formats.tree_columns import check_width, check_word_number, optional

_REMEDY = "Separate the columns by single tabs, or give trees such as (3 (2 The) (4 rock))."
_COLUMNS = ("id", "form", "lemma", "pos", "label")
_LABELS = [str(label) for label in range(NUM_LABELS)]
_INSTANCE = re.compile(r"#\s*instance\s+(\S.*)")


def read_sst_columns(path: Path, any_label: bool = False) -> Iterator[LabeledSentence]:
    """
    The sentences of a file (plain, .gz or .xz), one at a time. With `any_label`, the column of the
    label may hold anything or be missing, and the label is -1.

    Raises `FormatError` for whatever does not follow the format.
    """
    name = os.fspath(path)
    for block in read_blocks(name, fill_empty=any_label):
        if any_label:
            labeled = _sentence(name, with_values(block, _COLUMNS, {"label": _LABELS[0]}))
            yield labeled._replace(phrases=[labeled.phrases[0]._replace(label=-1)])
        else:
            yield _sentence(name, block)


def has_binary_labels(path: Path) -> bool:
    """Whether no label of a file with columns is above 1, so that 0 is negative and 1 positive."""
    return all(sentence.phrases[0].label <= 1 for sentence in read_sst_columns(path))


def format_sst_columns(sentence: LabeledSentence) -> str:
    """
    The lines of a sentence, the blank one after it included. The sentence's id is put after the
    comments unless they hold it already. The labels of phrases are left out.
    """
    words, comments = sentence.sentence.words, sentence.sentence.comments
    lines = list(comments)
    identifier = sentence.sentence.id
    if identifier and identifier != _id(comments):
        lines.append(f"# instance {identifier}")
    label = sentence.phrases[0].label
    for number, word in enumerate(words, 1):
        lines.append(format_columns([number, word.form, word.lemma, word.pos, label]))
    return "\n".join(lines) + "\n\n"


def write_sst_columns(path: Path, sentences: Iterable[LabeledSentence]) -> None:
    """Writes a file of `sentences`."""
    write_text(path, (format_sst_columns(sentence) for sentence in sentences))


def _sentence(path: str, block: Block) -> LabeledSentence:
    words: List[Word] = []
    labels: List[str] = []
    for line, row in enumerate(block.rows, block.first_line):
        check_width(path, line, row, _COLUMNS, remedy=_REMEDY)
        identifier, form, lemma, pos, label = row
        check_word_number(path, line, identifier, len(words) + 1)
        if label not in _LABELS:
            raise FormatError(
                path,
                line,
                f"column 5 (label) is {label!r}.",
                f"Write one of {', '.join(_LABELS)}, the label of the sentence.",
            )
        if labels and label != labels[0]:
            raise FormatError(
                path,
                line,
                f"column 5 (label) is {label} but {labels[0]} on the words before.",
                "Repeat the label of the sentence on each of its words.",
            )
        labels.append(label)
        words.append(Word(form, optional(lemma), optional(pos)))
    return LabeledSentence(
        Sentence(_id(block.comments), words, comments=block.comments, line=block.first_line),
        [LabeledPhrase(int(labels[0]), 0, len(words))],
    )


def _id(comments: List[str]) -> str:
    for comment in reversed(comments):
        match = _INSTANCE.fullmatch(comment)
        if match:
            return match.group(1).strip()
    return ""

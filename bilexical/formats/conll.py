"""
Dependency trees: CoNLL-X (https://aclanthology.org/W06-2920/) and CoNLL-U
(https://universaldependencies.org/format.html). Both have ten columns; the last two differ.
"""

import os
from typing import Dict, Iterable, Iterator, List, Optional, Sequence

from bilexical.formats.conll_comments import sentence_id
from bilexical.formats.conll_extra_ids import ExtraIds
from bilexical.formats.conll_layouts import CONLL_COLUMNS, CONLL_HEAD
from bilexical.formats.conll_plus import with_ten_columns
from bilexical.formats.errors import FormatError, Path, Report
from bilexical.formats.file_formats import detect_format
from bilexical.formats.lenient import GRAPH, TREE, read_layers, with_values
from bilexical.formats.sentence import ExtraLine, Sentence, Word
from bilexical.formats.text import Block, format_columns, read_blocks, write_text
from bilexical.formats.tree_columns import check_width, check_word_number, optional, read_heads


def read_conll(
    path: Path, leniently: bool = False, report: Optional[Report] = None
) -> Iterator[Sentence]:
    """
    The sentences of a CoNLL-X or CoNLL-U file (plain, .gz or .xz), one at a time.

    Multiword ranges and empty nodes are no words: they become `Sentence.extra_lines`. A sentence
    whose head column holds `_` only has no tree. Of CoNLL-U Plus the columns that CoNLL-U has are
    read; the values of others are left out, and counted in a warning after the last sentence.
    `leniently` leaves out the layers that are not sound; see `read_sound_layers`, and for `report`
    `read_sentences`.

    Raises `FormatError` for whatever does not follow the format.
    """
    name = os.fspath(path)

    def parse(block: Block, layers: Sequence[str]) -> Sentence:
        return _sentence(name, _with_layers(block, layers))

    blocks = with_ten_columns(name, read_blocks(name, fill_empty=leniently, report=report), report)
    sentences = read_layers(name, blocks, parse, leniently, report)
    try:
        first = next(sentences, None)
    except FormatError:
        # A file of another format is refused as such, not for its first odd column.
        detect_format(name, ("conllu", "conllx"))
        raise
    if first is not None:
        yield first
    yield from sentences


def format_conll(sentence: Sentence) -> str:
    """
    The lines of a sentence, the blank one after it included. The sentence's id is put after the
    comments, as `sent_id`, unless they hold it already. The semantic graph is left out.
    """
    lines = list(sentence.comments)
    if sentence.id and sentence.id != sentence_id(sentence.comments):
        lines.append(f"# sent_id = {sentence.id}")
    extra_lines = iter(sentence.extra_lines)
    extra: Optional[ExtraLine] = next(extra_lines, None)
    for number in range(len(sentence.words) + 1):
        if number:
            word = sentence.words[number - 1]
            lines.append(
                format_columns(
                    [
                        number,
                        word.form,
                        word.lemma,
                        word.upos,
                        word.pos,
                        word.feats,
                        word.head,
                        word.deprel,
                        word.deps,
                        word.misc,
                    ]
                )
            )
        while extra is not None and extra.after == number:
            lines.append(extra.text)
            extra = next(extra_lines, None)
    return "\n".join(lines) + "\n\n"


def write_conll(path: Path, sentences: Iterable[Sentence]) -> None:
    """Writes a file of `sentences`."""
    write_text(path, (format_conll(sentence) for sentence in sentences))


def _with_layers(block: Block, layers: Sequence[str]) -> Block:
    """The block without the other layers, before which rows may end. DEPS may be a graph."""
    values: Dict[str, str] = {}
    if TREE not in layers:
        values.update(head="_", deprel="_")
    if GRAPH not in layers:
        values.update(deps="_")
    return with_values(block, CONLL_COLUMNS, values, fill=() if GRAPH in layers else ("misc",))


def _sentence(path: str, block: Block) -> Sentence:
    words: List[Word] = []
    word_lines: List[int] = []
    heads: List[str] = []
    extra_lines: List[ExtraLine] = []
    extra_ids = ExtraIds(path)
    for line, row in enumerate(block.rows, block.first_line):
        check_width(path, line, row, CONLL_COLUMNS)
        if "-" in row[0] or "." in row[0]:
            extra_ids.check(line, row[0], len(words))
            extra_lines.append(ExtraLine(len(words), "\t".join(row)))
            continue
        check_word_number(path, line, row[0], len(words) + 1)
        word_lines.append(line)
        heads.append(row[CONLL_HEAD])
        words.append(_word(row))
    extra_ids.check_end(block.first_line, len(words))
    for word, head in zip(words, read_heads(path, word_lines, heads, CONLL_HEAD + 1)):
        word.head = head
    return Sentence(
        sentence_id(block.comments),
        words,
        comments=block.comments,
        extra_lines=extra_lines,
        line=block.first_line,
    )


def _word(row: List[str]) -> Word:
    _, form, lemma, upos, xpos, feats, _, deprel, deps, misc = row
    return Word(
        form=form,
        lemma=optional(lemma),
        pos=optional(xpos),
        upos=optional(upos),
        deprel=optional(deprel),
        feats=optional(feats),
        deps=optional(deps),
        misc=optional(misc),
    )

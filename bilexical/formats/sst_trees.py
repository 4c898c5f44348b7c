"""
Trees of the Stanford Sentiment Treebank: `(3 (2 The) (4 rock))`, every bracket with a label
(Socher et al., 2013, https://aclanthology.org/D13-1170/).
"""

import os
import re
from typing import Iterator, List, Optional

from bilexical.formats.errors import FormatError, Path, no_sentence
from bilexical.formats.sentence import Sentence, Word
from bilexical.formats.sentiment import NUM_LABELS, LabeledPhrase, LabeledSentence
from bilexical.formats.text import read_lines

# A no-break space is a part of some words, so that not all white space parts them.
_TOKEN = re.compile(r"[()]|[^() \t\r\f\v]+")
_LABELS = [str(label) for label in range(NUM_LABELS)]
_OWN_BRACKETS = "Give each word brackets and a label of its own."


def read_sst_trees(path: Path, any_label: bool = False) -> Iterator[LabeledSentence]:
    """
    The trees of a file (plain, .gz or .xz), one at a time. A tree starts on a new line and may go
    over several. With `any_label`, labels that are none become -1.

    Raises `FormatError`, which names the line and the column of the bracket that is wrong.
    """
    name = os.fspath(path)
    tree: Optional[_Tree] = None
    found = False
    for number, line in read_lines(name):
        is_complete = False
        for match in _TOKEN.finditer(line):
            token, column = match.group(), match.start() + 1
            if tree is None:
                _check_start(name, number, column, token, is_complete)
                tree = _Tree(name, number, any_label)
            tree.add(token, number, column)
            if tree.is_complete:
                yield tree.result()
                tree, is_complete, found = None, True, True
    if tree is not None:
        tree.refuse_end()
    if not found:
        raise no_sentence(name)


def format_sst_tree(sentence: LabeledSentence) -> str:
    """
    The line of a tree.

    Raises `ValueError` for words that cannot be written, and unless the phrases are the nodes of a
    tree over the words.
    """
    forms = [word.form for word in sentence.sentence.words]
    pieces: List[str] = []
    ends: List[int] = []
    num_words = 0
    phrases = sentence.phrases
    for phrase, following in zip(phrases, [*phrases[1:], None]):
        while ends and ends[-1] <= phrase.start:
            pieces.append(")")
            ends.pop()
        if phrase.start != num_words or phrase.end > (ends[-1] if ends else len(forms)):
            raise ValueError(f"{phrase} is no node of a tree over the words {forms}.")
        pieces.append(f" ({phrase.label}")
        ends.append(phrase.end)
        if following is None or following.start >= phrase.end:
            if phrase.end != num_words + 1:
                raise ValueError(f"{phrase} of the words {forms} has neither one word nor nodes.")
            pieces.append(" " + _checked(forms[num_words]))
            num_words += 1
    if num_words != len(forms) or phrases[0].end != len(forms):
        raise ValueError(f"The phrases {phrases} do not cover the words {forms}.")
    return "".join(pieces)[1:] + ")" * len(ends) + "\n"


class _Node:
    """A bracket that is open."""

    def __init__(self, line: int, column: int) -> None:
        self.line = line
        self.column = column
        self.index: Optional[int] = None
        self.word: Optional[str] = None
        self.has_nodes = False


class _Tree:
    """A tree that is being read. It keeps its own stack: trees may be of any depth."""

    def __init__(self, path: str, line: int, any_label: bool) -> None:
        self._path = path
        self._line = line
        self._any_label = any_label
        self._open: List[_Node] = []
        self._words: List[str] = []
        self._labels: List[int] = []
        self._starts: List[int] = []
        self._ends: List[int] = []

    @property
    def is_complete(self) -> bool:
        return not self._open

    def result(self) -> LabeledSentence:
        words = [Word(form) for form in self._words]
        phrases = list(map(LabeledPhrase, self._labels, self._starts, self._ends))
        return LabeledSentence(Sentence("", words, line=self._line), phrases)

    def add(self, token: str, line: int, column: int) -> None:
        if token == "(":
            self._add_node(_Node(line, column))
        elif token == ")":
            self._close(self._open[-1])
        else:
            self._add_text(self._open[-1], token)

    def refuse_end(self) -> None:
        """The outermost bracket is where the tree starts that should have ended long ago."""
        raise self._error(
            self._open[0],
            f"is not closed: {len(self._open)} of its tree are open at the end of the file.",
            'Close each "(".',
        )

    def _add_node(self, node: _Node) -> None:
        if self._open:
            parent = self._open[-1]
            self._check_label(parent)
            if parent.word is not None:
                raise self._error(
                    parent, f"holds the word {_shown(parent.word)} beside brackets.", _OWN_BRACKETS
                )
            parent.has_nodes = True
        self._open.append(node)

    def _add_text(self, node: _Node, text: str) -> None:
        if node.index is None:
            if text not in _LABELS and not self._any_label:
                raise self._error(
                    node,
                    f"has the label {_shown(text)}, which is not one of {', '.join(_LABELS)}.",
                    "Write the label, and a space before a word.",
                )
            node.index = len(self._labels)
            self._labels.append(int(text) if text in _LABELS else -1)
            self._starts.append(len(self._words))
            self._ends.append(-1)
        elif node.has_nodes:
            raise self._error(
                node, f"holds the word {_shown(text)} beside brackets.", _OWN_BRACKETS
            )
        elif node.word is not None:
            raise self._error(
                node, f"holds the words {_shown(node.word)} and {_shown(text)}.", _OWN_BRACKETS
            )
        else:
            node.word = text
            self._words.append(text)

    def _close(self, node: _Node) -> None:
        index = self._check_label(node)
        if node.word is None and not node.has_nodes:
            raise self._error(
                node, "holds a label but no word.", "Write the word, or remove the brackets."
            )
        self._ends[index] = len(self._words)
        self._open.pop()

    def _check_label(self, node: _Node) -> int:
        if node.index is None:
            raise self._error(
                node, "has no label.", f'Write one of {", ".join(_LABELS)} after each "(".'
            )
        return node.index

    def _error(self, node: _Node, problem: str, remedy: str) -> FormatError:
        place = f'the "(" in column {node.column}'
        return FormatError(self._path, node.line, f"{place} {problem}", remedy)


def _check_start(path: str, line: int, column: int, token: str, follows_tree: bool) -> None:
    if token == "(" and not follows_tree:
        return
    if token == ")":
        problem = f'the ")" in column {column} closes nothing.'
        remedy = 'Remove it, or write the "(" that it closes.'
    elif follows_tree:
        problem = f"{_shown(token)} in column {column} stands behind the end of the tree."
        remedy = "Start each tree on a new line; check the brackets of this one."
    else:
        problem = f"{_shown(token)} in column {column} stands outside of all brackets."
        remedy = "Write trees such as (3 (2 The) (4 rock)), each from the start of a line."
    raise FormatError(path, line, problem, remedy)


def _checked(form: str) -> str:
    match = _TOKEN.fullmatch(form)
    if match is None or form in ("(", ")") or "\n" in form:
        raise ValueError(
            f"The word {form!r} cannot be written to a tree. Write -LRB- and -RRB- for brackets, "
            "and no white space."
        )
    return form


def _shown(text: str) -> str:
    return repr(text if len(text) <= 30 else text[:30] + " ...")

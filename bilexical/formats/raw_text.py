"""
Raw text: documents, in which a blank line ends a sentence and a line end does not, or one sentence
on each line.
"""

from itertools import chain
from typing import Callable, Iterable, Iterator, List, Optional, Tuple

from bilexical.formats.errors import Path, Report
from bilexical.formats.json_sentences import Tokenizer
from bilexical.formats.sentence import Sentence, Word
from bilexical.formats.text import read_lines

#: From raw text to sentences: the position of the first character of each, and its words.
Splitter = Callable[[str], List[Tuple[int, List[Word]]]]

#: As many characters are split into sentences at once.
MAX_CHARACTERS = 100_000


def read_documents(
    path: Path, split: Splitter, report: Optional[Report] = None
) -> Iterator[Sentence]:
    """
    The sentences of a text file (plain, .gz or .xz), one at a time. Each has the number of the line
    on which it starts. Of a paragraph without end no more than `MAX_CHARACTERS` are held, beside
    the line at hand.

    With `report`, a line that is not UTF-8 is left out, and the error goes there. What is left of
    sentences on either side of it stays two.
    """
    return document_sentences(_with_gaps(read_lines(path, report)), split)


def read_sentence_lines(
    path: Path, tokenize: Tokenizer, report: Optional[Report] = None
) -> Iterator[Sentence]:
    """The sentences of a file with one on each line that is not blank; otherwise the same."""
    for number, line in read_lines(path, report):
        if line.strip():
            yield Sentence("", tokenize(line), line=number)


def document_sentences(lines: Iterable[Tuple[int, str]], split: Splitter) -> Iterator[Sentence]:
    """The sentences of numbered lines; see `read_documents`."""
    text, first_line = "", 0
    for number, line in chain(lines, [(0, "")]):
        if line.strip():
            first_line = first_line if text else number
            text = f"{text}\n{line}" if text else line
            while len(text) > MAX_CHARACTERS:
                # The last sentence may go on after the cut, unless it is all that there is.
                *complete, (start, words) = split(text[:MAX_CHARACTERS]) or [(0, [])]
                if start == 0:
                    complete, start = [(0, words)], MAX_CHARACTERS
                yield from _sentences(text, complete, first_line)
                first_line += text.count("\n", 0, start)
                text = text[start:]
        elif text:
            yield from _sentences(text, split(text), first_line)
            text = ""


def _with_gaps(lines: Iterable[Tuple[int, str]]) -> Iterator[Tuple[int, str]]:
    """Numbered lines, with a blank one in the place of those that are not there."""
    last: Optional[int] = None
    for number, line in lines:
        if last is not None and number > last + 1:
            yield last + 1, ""
        yield number, line
        last = number


def _sentences(
    text: str, found: Iterable[Tuple[int, List[Word]]], first_line: int
) -> Iterator[Sentence]:
    for start, words in found:
        if words:
            yield Sentence("", words, line=first_line + text.count("\n", 0, start))

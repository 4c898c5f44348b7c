"""Sentences with sentiment labels, as the files of the Stanford Sentiment Treebank have them."""

import re
from dataclasses import replace
from typing import List, NamedTuple

from bilexical.formats.sentence import Sentence, Word

#: From 0, very negative, to 4, very positive.
NUM_LABELS = 5

_ESCAPED = {
    "-LRB-": "(",
    "-RRB-": ")",
    "-LSB-": "[",
    "-RSB-": "]",
    "-LCB-": "{",
    "-RCB-": "}",
    "\\/": "/",
    "\\*": "*",
}
_ESCAPE = re.compile("|".join(map(re.escape, _ESCAPED)))


class LabeledPhrase(NamedTuple):
    """The words `start + 1` to `end` of a sentence and their label, from 0 to 4."""

    label: int
    start: int
    end: int


class LabeledSentence(NamedTuple):
    """
    # Parameters

    sentence : `Sentence`
    phrases : `List[LabeledPhrase]`
        The first is the whole sentence. Where there is a tree, they are its nodes, each before its
        children; where only the sentence has a label, there is no other.
    """

    sentence: Sentence
    phrases: List[LabeledPhrase]


def unescape(sentence: Sentence) -> Sentence:
    """
    A copy of `sentence` with brackets, slashes and asterisks as they are in raw text, where the
    Penn Treebank writes `-LRB-`, `\\/` or `\\*`.
    """
    words = [_unescaped(word) for word in sentence.words]
    return replace(sentence, words=words)


def _unescaped(word: Word) -> Word:
    form = _ESCAPE.sub(lambda match: _ESCAPED[match.group()], word.form)
    return word if form == word.form else replace(word, form=form)

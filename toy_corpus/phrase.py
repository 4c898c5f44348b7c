"""Phrases under construction: ordered trees, projective by construction."""

from dataclasses import dataclass, field
from typing import List, Optional

from bilexical.formats.sentence import Sentence, Word
from toy_corpus.lexicon import word_class


@dataclass(eq=False)
class Phrase:
    """
    A word with its dependents.

    # Parameters

    form, lemma, pos, deprel : `str`
    before, after : `List[Phrase]`
        The dependents to the left and to the right of the word, in sentence order.
    """

    form: str
    lemma: str
    pos: str
    deprel: str
    before: List["Phrase"] = field(default_factory=list)
    after: List["Phrase"] = field(default_factory=list)

    @property
    def word_class(self) -> Optional[str]:
        return word_class(self.lemma, self.pos)

    @property
    def is_verb(self) -> bool:
        return self.pos.startswith("VB")

    @property
    def is_noun(self) -> bool:
        return self.pos.startswith("NN")


def invariant(form: str, pos: str, deprel: str) -> Phrase:
    """A word whose form is its lemma."""
    return Phrase(form, form, pos, deprel)


def agent(noun: Phrase) -> Phrase:
    """The agent of a passive: "by" and a noun."""
    by = invariant("by", "IN", "agent")
    noun.deprel = "pobj"
    by.after.append(noun)
    return by


def right_frontier(phrase: Phrase) -> List[Phrase]:
    """The words, from the top down, to which something may be added after the end of the phrase."""
    frontier = [phrase]
    while frontier[-1].after:
        frontier.append(frontier[-1].after[-1])
    return frontier


def in_order(phrase: Phrase) -> List[Phrase]:
    """The words of the phrase as they stand in the sentence."""
    before = [word for part in phrase.before for word in in_order(part)]
    after = [word for part in phrase.after for word in in_order(part)]
    return before + [phrase] + after


def to_sentence(identifier: str, phrase: Phrase) -> Sentence:
    """The tree of `phrase` with its word numbers; no graph."""
    phrases = in_order(phrase)
    number = {id(word): i for i, word in enumerate(phrases, start=1)}
    head = {id(part): number[id(word)] for word in phrases for part in word.before + word.after}
    words = [
        Word(
            form=word.form,
            lemma=word.lemma,
            pos=word.pos,
            head=head.get(id(word), 0),
            deprel=word.deprel,
        )
        for word in phrases
    ]
    first = words[0]
    first.form = first.form[0].upper() + first.form[1:]
    return Sentence(id=identifier, words=words)

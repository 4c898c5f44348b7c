"""
The words of the toy sentiment corpus: which of them praise or blame, and whom; what turns praise
into blame; and what makes either weaker or stronger.
"""

from typing import Dict, List, NamedTuple, Union

from toy_corpus.lexicon import VERBS
from toy_corpus.morphology import Verb, read_noun

_VERBS = {
    verb.lemma: verb
    for name in ("like", "value", "move", "seem", "try")
    for verb in VERBS[name].seen + VERBS[name].held_out
}


class Frame(NamedTuple):
    """
    A class of words of praise and blame.

    # Parameters

    stimulus : `str`
        The role of what the opinion is about.
    words : `Dict[int, List[Union[Verb, str]]]`
        Verbs or adjectives, by their polarity: 1 or -1.
    """

    stimulus: str
    words: Dict[int, List[Union[Verb, str]]]


class Opinion(NamedTuple):
    """What a word of praise or blame says: its polarity, 1 or -1, and the role it is about."""

    polarity: int
    stimulus: str


def _frame(stimulus: str, praise: str, blame: str) -> Frame:
    return Frame(
        stimulus,
        {
            1: [_VERBS.get(lemma, lemma) for lemma in praise.split()],
            -1: [_VERBS.get(lemma, lemma) for lemma in blame.split()],
        },
    )


#: `value`: somebody likes it. `move`: it pleases somebody. `quality`: it is good.
FRAMES: Dict[str, Frame] = {
    "value": _frame("ARG2", "love praise enjoy admire", "hate mock dislike scorn"),
    "move": _frame("ARG1", "please delight impress charm", "bore annoy disappoint offend"),
    "quality": _frame("ARG1", "good splendid lovely brilliant", "bad awful dull tedious"),
}

OPINIONS: Dict[str, Opinion] = {
    word if isinstance(word, str) else word.lemma: Opinion(sign, frame.stimulus)
    for frame in FRAMES.values()
    for sign, words in frame.words.items()
    for word in words
}

#: What the sentiment of a sentence is about; each sentence has one.
TARGET = read_noun("film")

NEGATIONS = ("not", "never")
NEGATIVE_ADVERBS = ("hardly", "scarcely")
NEGATIVE_VERBS: Dict[str, Verb] = {"value": _VERBS["refuse"], "move": _VERBS["fail"]}
_NEGATIVE_LEMMAS = tuple(verb.lemma for verb in NEGATIVE_VERBS.values())
#: All that turns praise into blame and blame into praise.
FLIPPERS = (*NEGATIONS, *NEGATIVE_ADVERBS, *_NEGATIVE_LEMMAS)

INTENSIFIERS = ("deeply", "greatly", "truly")
DOWNTONERS = ("slightly", "mildly", "somewhat")
DEGREES: Dict[str, int] = {
    **dict.fromkeys(INTENSIFIERS, 1),
    **dict.fromkeys(DOWNTONERS, -1),
}

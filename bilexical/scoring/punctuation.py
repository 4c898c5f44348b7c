"""Which words are punctuation."""

from bilexical.formats.sentence import Word

#: The tags that the official SDP scorer takes for punctuation.
SCORER_PUNCTUATION = frozenset([".", ",", ":", "(", ")"])

PUNCTUATION_TAGS = SCORER_PUNCTUATION | {"-LRB-", "-RRB-", "``", "''"}


def is_punctuation(word: Word) -> bool:
    """
    Whether a word is punctuation by its tags, never by its form or its relation.

    The coarse tag `PUNCT` (Universal Dependencies) or one of the Penn Treebank's `.` `,` `:` `(`
    `)` `-LRB-` `-RRB-`, two backquotes and two apostrophes as fine-grained tag.
    """
    return word.upos == "PUNCT" or word.pos in PUNCTUATION_TAGS

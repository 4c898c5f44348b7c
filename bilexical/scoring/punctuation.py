"""Which words are punctuation."""

from bilexical.formats.sentence import Word

PUNCTUATION_TAGS = frozenset([".", ",", ":", "(", ")", "-LRB-", "-RRB-", "``", "''"])


def is_punctuation(word: Word) -> bool:
    """
    Whether a word is punctuation by its tags, never by its form or its relation.

    The coarse tag `PUNCT` (Universal Dependencies) or one of the Penn Treebank's `.` `,` `:` `(`
    `)` `-LRB-` `-RRB-`, two backquotes and two apostrophes as fine-grained tag. The official SDP
    scorer's set is the first five.
    """
    return word.upos == "PUNCT" or word.pos in PUNCTUATION_TAGS

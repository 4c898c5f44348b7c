"""Tokens that know what can be read off their form."""

from functools import lru_cache

from allennlp.data import Token
from spacy.lang.lex_attrs import suffix, word_shape

_STRAIGHT_QUOTES = str.maketrans("‘’‛“”‟", "'''\"\"\"")


@lru_cache(maxsize=2**16)
def straight(form: str) -> str:
    """
    `form` with plain quotes and apostrophes in place of typographic ones and of those of the Penn
    Treebank: each corpus and each text has its own.
    """
    return form.translate(_STRAIGHT_QUOTES).replace("``", '"').replace("''", '"')


_shape = lru_cache(maxsize=2**16)(word_shape)


class WordToken(Token):
    """
    A token with lexical attributes as those of spaCy's tokens: an indexer names one of them as its
    `feature_name`. They are computed when they are asked for, from the form alone, so that a word
    has them wherever it comes from. Quotes are `straight` in all of them.
    """

    __slots__ = ()

    @property
    def norm_(self) -> str:
        """The form in lower case."""
        return straight(self.ensure_text()).lower()

    @property
    def prefix_(self) -> str:
        """The first character, if there is any."""
        return straight(self.ensure_text())[:1]

    @property
    def suffix_(self) -> str:
        """The last three characters, or as many as there are."""
        return suffix(straight(self.ensure_text()))

    @property
    def shape_(self) -> str:
        """
        Letters as `x` and `X`, digits as `d`, of runs of the same four at most, all else as it is;
        `LONG` for a hundred characters or more.
        """
        return _shape(straight(self.ensure_text()))

"""What text takes in space, which way it runs, and which of its characters can be shown."""

import math
import unicodedata
from typing import Sequence

_NARROW = frozenset(" !\"'(),-./:;I[\\]fijlrt|")
_WIDE = frozenset("%@MWmw")
_SIGNS = frozenset("#&*+<=>^~≠")

#: Embeddings, overrides and isolates, which would reorder what stands around the text.
_BIDI_CONTROLS = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
#: The symbols for U+0000 to U+001F, in their order.
_CONTROL_PICTURES = 0x2400


def visible(text: str) -> str:
    """
    `text` with a symbol in place of each character that XML or a terminal cannot hold: controls,
    line separators, halves of surrogate pairs, noncharacters and bidirectional controls.
    """
    return "".join(map(_visible, text))


def columns(text: str) -> int:
    """The columns that `text` takes in a terminal, by the East Asian width of its characters."""
    return sum(map(_columns, text))


def pixels(text: str, font_size: float) -> int:
    """
    An upper bound of the width of `text` in a sans-serif font of `font_size` pixels. No font is at
    hand: the bounds are those of the widest of the usual ones, Verdana and DejaVu Sans.
    """
    return math.ceil(font_size * sum(map(_ems, text)))


def is_right_to_left(words: Sequence[str]) -> bool:
    """Whether most characters of `words` that have a direction run from right to left."""
    classes = [unicodedata.bidirectional(character) for word in words for character in word]
    return 2 * sum(c in ("R", "AL") for c in classes) > sum(c in ("L", "R", "AL") for c in classes)


def _visible(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(_CONTROL_PICTURES + code)
    if code & 0xFFFE == 0xFFFE or character in _BIDI_CONTROLS:
        return _REPLACEMENT
    return (
        _REPLACEMENT if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") else character
    )


def _columns(character: str) -> int:
    # The vowels and final consonants of decomposed Hangul stand within the first consonant.
    is_joined = 0x1160 <= ord(character) <= 0x11FF
    if is_joined or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def _ems(character: str) -> float:
    if character in _NARROW:
        return 0.46
    if character in _WIDE:
        return 1.0
    if character in _SIGNS:
        return 0.84
    if character.isascii():
        return 0.8 if character.isupper() else 0.65
    columns = _columns(character)
    if columns == 2:
        # Emoji are wider than ideographs.
        return 1.3 if unicodedata.category(character) == "So" else 1.0
    parts = unicodedata.normalize("NFKD", character)
    if parts == character:
        return 0.95 * columns
    is_canonical = not unicodedata.decomposition(character).startswith("<")
    return max(0.0 if is_canonical else 0.95, sum(map(_ems, parts)))

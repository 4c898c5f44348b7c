"""The ids of the CoNLL-U lines that are no words: multiword ranges (2-3), empty nodes (2.1)."""

from typing import Optional, Tuple

from conllu.exceptions import ParseException
from conllu.parser import parse_id_value

from spigot_allennlp.formats.errors import FormatError

#: First word, `-` and last word of a range; the word before, `.` and the number of an empty node.
ExtraId = Tuple[int, str, int]


def check_extra_id(
    path: str, line: int, column: str, num_words: int, previous: Optional[ExtraId]
) -> ExtraId:
    """
    The id of a line that stands after `num_words` words and, among the lines that are no words,
    after that with the id `previous`.

    Raises `FormatError` if it cannot stand there.
    """
    try:
        extra_id = parse_id_value(column)
    except (ParseException, ValueError) as error:
        raise FormatError(
            path,
            line,
            f"column 1 (id) is {column!r}, which is no word, range or empty node.",
            "Write a number, a range as 2-3 or an empty node as 2.1.",
        ) from error
    first, kind, last = extra_id
    if kind == "-":
        if first != num_words + 1 or (previous and previous[1] == "-" and previous[2] >= first):
            raise FormatError(
                path,
                line,
                f"the range {column} stands before word {num_words + 1}.",
                "Put each range directly before its first word, and no range within another.",
            )
    else:
        siblings = previous[2] if previous and previous[:2] == (num_words, ".") else 0
        if first != num_words or last != siblings + 1:
            raise FormatError(
                path,
                line,
                f"the empty node {column} stands where {num_words}.{siblings + 1} is expected.",
                "Put empty nodes after the word they name and number them from 1.",
            )
    return extra_id


def check_last_extra_id(path: str, line: int, num_words: int, last: Optional[ExtraId]) -> None:
    """Raises `FormatError` if a sentence of `num_words` words has none or ends within a range."""
    if not num_words:
        raise FormatError(
            path, line, "the sentence has no words.", "Give it at least one, or remove it."
        )
    if last and last[1] == "-" and last[2] > num_words:
        raise FormatError(
            path,
            line,
            f"the range {last[0]}-{last[2]} of the sentence ends after its last word, {num_words}.",
            "Correct the range.",
        )

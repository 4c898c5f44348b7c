"""The column layouts of SDP files, and which of them a file has."""

import re
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

from bilexical.formats.text import Block

FLAGS = ("-", "+")

_HEADER = re.compile(r"#\s*SDP\s*([0-9]{4})\s*")


class SdpLayout(NamedTuple):
    """
    # Parameters

    columns : `Tuple[str, ...]`
        The names of the columns before the argument columns.
    header : `Optional[str]`
        The year that a first line `#SDP <year>` of this layout gives; `None` if any or none.
    has_header : `bool`
        Whether there must be such a line. The SDP toolkit takes the first line of a file of 2015
        for it, and that of a file of 2014 for the id of the first sentence.
    """

    columns: Tuple[str, ...]
    header: Optional[str] = None
    has_header: bool = False

    @property
    def flag_columns(self) -> Tuple[int, int]:
        """The positions of `top` and `pred`."""
        return self.columns.index("top"), self.columns.index("pred")


#: Every layout that is read and written; a new one needs a line here and one in `conversion.HOLDS`.
#: Where two layouts have their flags in the same columns, the one with the header is taken, then
#: the one with the right number of columns.
SDP_LAYOUTS: Dict[str, SdpLayout] = {
    "sdp": SdpLayout(
        ("id", "form", "lemma", "pos", "top", "pred", "frame"), header="2015", has_header=True
    ),
    "sdp_augmented": SdpLayout(
        ("id", "form", "lemma", "pos", "head", "deprel", "top", "pred", "frame")
    ),
    "sdp_2014": SdpLayout(("id", "form", "lemma", "pos", "top", "pred"), header="2014"),
}


def describe_layouts() -> str:
    """The layouts as a user who has none of them needs to see them."""
    return "; ".join(
        f"{name}: {' '.join(layout.columns)}, then one column for each predicate"
        for name, layout in SDP_LAYOUTS.items()
    )


def header_year(comment: str) -> Optional[str]:
    """The year of a header line `#SDP 2015`, `None` for another comment."""
    match = _HEADER.fullmatch(comment)
    return match.group(1) if match else None


def layout_of(block: Block) -> Optional[str]:
    """
    The name of the layout whose `top` and `pred` columns hold `+` and `-` in `block`: in at least
    half of their cells, so that one faulty cell does not hide the layout. `None` if there is none.
    """
    shares = {name: _share_of_flags(block.rows, layout) for name, layout in SDP_LAYOUTS.items()}
    best = max(shares.values())
    if best < 0.5:
        return None
    names = [name for name in SDP_LAYOUTS if shares[name] == best]
    years = {header_year(comment) for comment in block.comments} - {None}
    for name in names:
        if SDP_LAYOUTS[name].header in years:
            return name
    for name in names:
        if _has_right_width(block.rows[0], block.rows, SDP_LAYOUTS[name]):
            return name
    return names[0]


def fits_layout(block: Block, layout: SdpLayout) -> bool:
    """Whether all of a sentence has the columns of a layout: its flags, and its width."""
    widths = {len(row) for row in block.rows}
    return (
        len(widths) == 1
        and _has_right_width(block.rows[0], block.rows, layout)
        and _share_of_flags(block.rows, layout) == 1.0
    )


def _share_of_flags(rows: List[List[str]], layout: SdpLayout) -> float:
    positions = layout.flag_columns
    cells = [row[position] for row in rows for position in positions if position < len(row)]
    return sum(cell in FLAGS for cell in cells) / (len(positions) * len(rows))


def _has_right_width(row: Sequence[str], rows: List[List[str]], layout: SdpLayout) -> bool:
    pred = layout.columns.index("pred")
    num_predicates = sum(other[pred : pred + 1] == ["+"] for other in rows)
    return len(row) == len(layout.columns) + num_predicates

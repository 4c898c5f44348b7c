"""Damage to corpus files, and what is left of them when it does not matter."""

from typing import List, NamedTuple

from hypothesis import strategies as st

VALUES = [
    b"",
    b"_",
    b"0",
    b"1",
    b"2",
    b"-1",
    b"01",
    b"99",
    b"9" * 5000,
    "\u0663".encode(),
    "\u00b2".encode(),
    b"1-2",
    b"2-1",
    b"1-99",
    b"0.1",
    b"1.1",
    b"1.x",
    b"+",
    b"-",
    b"Y",
    b"x",
    b"#",
    b"# sent_id = 7",
    b"# sent_id",
    b"#SDP 2014",
    b"#SDP 2015",
    b"__TOP__",
    b"1:a",
    b"0:root|1:a",
    b"1:a|1:a",
    b"1:a|",
    b"5.1:a",
    b" ",
    b"\t",
    b"\n",
    b"\n\n",
    b"\n#\n",
    b"\r",
    b"\r\n",
    b"\x00",
    b"\x1f\x8b",
    b"\xff",
    b"\xc3",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    "\u2028".encode(),
    "\u00a0".encode(),
]


class Mutation(NamedTuple):
    """An operation, where, where else, and with which bytes."""

    operation: str
    place: int
    other: int
    value: bytes


def _lines(content: bytes, m: Mutation) -> List[bytes]:
    lines = content.split(b"\n")
    first, second = m.place % len(lines), m.other % len(lines)
    if m.operation == "delete line":
        del lines[first]
    elif m.operation == "duplicate line":
        lines.insert(second, lines[first])
    elif m.operation == "swap lines":
        lines[first], lines[second] = lines[second], lines[first]
    elif m.operation == "insert line":
        lines.insert(first, m.value)
    elif m.operation == "join lines" and first:
        lines[first - 1 : first + 1] = [lines[first - 1] + m.value + lines[first]]
    elif m.operation == "delete block":
        del lines[min(first, second) : max(first, second)]
    return lines


def _cells(content: bytes, m: Mutation) -> bytes:
    lines = content.split(b"\n")
    rows = [number for number, line in enumerate(lines) if b"\t" in line]
    if not rows:
        return content
    number = rows[m.place % len(rows)]
    cells = lines[number].split(b"\t")
    cell = m.other % len(cells)
    if m.operation == "set cell":
        cells[cell] = m.value
    elif m.operation == "delete cell":
        del cells[cell]
    elif m.operation == "insert cell":
        cells.insert(cell, m.value)
    elif m.operation == "swap cells":
        other = m.place // len(rows) % len(cells)
        cells[cell], cells[other] = cells[other], cells[cell]
    elif m.operation == "copy cell":
        cells[cell] = cells[cell - 1]
    elif m.operation == "set column":
        for row in rows:
            columns = lines[row].split(b"\t")
            if cell < len(columns):
                columns[cell] = m.value
                lines[row] = b"\t".join(columns)
        return b"\n".join(lines)
    lines[number] = b"\t".join(cells)
    return b"\n".join(lines)


def _bytes(content: bytes, m: Mutation) -> bytes:
    place = m.place % (len(content) + 1)
    if m.operation == "cut end":
        return content[:place]
    if m.operation == "cut start":
        return content[place:]
    if m.operation == "insert bytes":
        return content[:place] + m.value + content[place:]
    if m.operation == "delete byte":
        return content[:place] + content[place + 1 :]
    if m.operation == "set byte":
        return content[:place] + bytes([m.other % 256]) + content[place + 1 :]
    if m.operation == "flip bit" and place < len(content):
        return content[:place] + bytes([content[place] ^ 1 << m.other % 8]) + content[place + 1 :]
    if m.operation == "repeat file":
        return content + content[place:]
    if m.operation == "end lines by CRLF":
        return content.replace(b"\n", b"\r\n")
    return content


LINE_OPERATIONS = [
    "delete line",
    "duplicate line",
    "swap lines",
    "insert line",
    "join lines",
    "delete block",
]
CELL_OPERATIONS = [
    "set cell",
    "delete cell",
    "insert cell",
    "swap cells",
    "copy cell",
    "set column",
]
BYTE_OPERATIONS = [
    "cut end",
    "cut start",
    "insert bytes",
    "delete byte",
    "set byte",
    "flip bit",
    "repeat file",
    "end lines by CRLF",
]


def mutated(content: bytes, mutation: Mutation) -> bytes:
    if mutation.operation in LINE_OPERATIONS:
        return b"\n".join(_lines(content, mutation))
    change = _cells if mutation.operation in CELL_OPERATIONS else _bytes
    return change(content, mutation)


def mutations(operations):
    places = st.integers(0, 2**16)
    return st.builds(Mutation, st.sampled_from(operations), places, places, st.sampled_from(VALUES))


def canonical(content: bytes) -> str:
    """
    The text of a file without what readers may forget: the byte order mark, carriage returns at
    the end of lines, white space in blank lines, and all after the last word.
    """
    text = content.decode("utf-8")
    text = text[1:] if text.startswith("\ufeff") else text
    lines = [line[:-1] if line.endswith("\r") else line for line in text.split("\n")]
    lines = [line if line.strip(" \t") else "" for line in lines]
    while lines and (not lines[-1] or lines[-1].startswith("#")):
        lines.pop()
    return "\n".join(lines) + "\n\n"


def num_blocks(text: str) -> int:
    """The number of groups of lines with words in a canonical text."""
    is_row = [bool(line) and not line.startswith("#") for line in text.split("\n")]
    return sum(row and not before for before, row in zip([False, *is_row], is_row))

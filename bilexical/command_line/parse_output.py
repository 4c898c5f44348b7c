"""What `spigot parse` writes: JSON lines, corpus files, tables of arcs, pages of pictures."""

import json
import os
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import tee
from typing import Any, Callable, Iterable, Iterator, Optional, Tuple

from bilexical.command_line.parse_input import Parse
from bilexical.drawing.markup import element
from bilexical.drawing.pages import PAGE_END, page_start, section_of_page
from bilexical.drawing.picture import picture_of
from bilexical.drawing.sentence_sections import EXPLANATION, picture_section
from bilexical.formats.arc_tables import COLUMNS, arc_rows, format_tsv, open_parquet
from bilexical.formats.conversion import HOLDS
from bilexical.formats.corpus_files import FILE_FORMATS, format_of_name, format_sentence
from bilexical.formats.errors import STANDARD_STREAM
from bilexical.formats.piece import Fault
from bilexical.formats.predictions import json_output, predicted_sentence, with_class
from bilexical.formats.sdp_layouts import SDP_LAYOUTS, header_year
from bilexical.formats.sentence import Sentence
from bilexical.formats.streams import open_output
from bilexical.formats.text import write_text

TABLES = ("tsv", "parquet")
TARGETS = (*FILE_FORMATS, *TABLES, "html")

#: What is left out of the file OUTPUT is told in OUTPUT.errors.jsonl.
ERRORS = ".errors.jsonl"

#: Beside those of corpus files.
ENDINGS = {".tsv": "tsv", ".parquet": "parquet", ".html": "html", ".htm": "html"}

_NAMES = {"heads": "trees", "deprels": "trees", "arcs": "arcs", "tops": "top nodes"}


#: Writes a sentence that is the one of this number in the output, from 1.
Write = Callable[[Parse, int], Any]


def target_of(path: str, named: Optional[str]) -> str:
    """The format to write, one of `TARGETS`. Raises `ValueError` if it is not known."""
    if named is None and path == STANDARD_STREAM:
        return "jsonl"
    stem = path.lower()
    for ending in (".gz", ".xz"):
        stem = stem[: -len(ending)] if stem.endswith(ending) else stem
    by_ending = [name for ending, name in ENDINGS.items() if stem.endswith(ending)]
    target = named or (by_ending[0] if by_ending else format_of_name(path))
    if target is None:
        raise ValueError(
            f"the format to write is not known from the name {path}. Name it by --to: "
            f"{', '.join(TARGETS)}."
        )
    if target == "parquet" and (path == STANDARD_STREAM or stem != path.lower()):
        raise ValueError(f"{path}: Parquet is written to a file, which it compresses itself.")
    return target


def without_place(layers: Iterator[str], target: str) -> str:
    """What is predicted, by the keys of the outputs, and the format has no place for."""
    if target == "jsonl":
        return ""
    held = {*HOLDS.get(target, _NAMES.values()), *(["label"] if target == "conllu" else [])}
    names = dict.fromkeys(_NAMES.get(layer, layer) for layer in layers)
    return ", ".join(name for name in names if name not in held)


def write_faults(path: str, faults: Iterable[Fault]) -> None:
    """Writes a line of JSON for each; without any, a file of this name is removed."""
    first, rest = tee(faults)
    if next(first, None) is None:
        with suppress(FileNotFoundError):
            os.unlink(path)
        return
    write_text(path, (json.dumps(x._asdict(), ensure_ascii=False) + "\n" for x in rest))


@contextmanager
def open_parses(path: str, target: str, title: str) -> Iterator[Write]:
    """
    What writes sentences to a file in one of `TARGETS`, which is there when the block has ended
    without an error, or to standard output. It raises `ValueError` for a sentence that the format
    cannot hold, of which nothing is written.
    """
    if target == "parquet":
        with open_parquet(path) as table:
            yield lambda parse, number: table.add(arc_rows(parse.annotated, number))
        return
    start, end = around(target, title)
    with open_output(path) as file:
        file.write(start)
        yield lambda parse, number: file.write(text_of(parse, target, number))
        file.write(end)


def around(target: str, title: str) -> Tuple[str, str]:
    """What stands before the first sentence, and after the last one."""
    if target == "html":
        return page_start(title, element("p", EXPLANATION)), PAGE_END
    return "\t".join(COLUMNS) + "\n" if target == "tsv" else "", ""


def text_of(parse: Parse, target: str, number: int) -> str:
    """
    A sentence as it is written in one of `TARGETS` but Parquet. Raises `ValueError` if the format
    cannot hold it.
    """
    sentence, outputs, _ = parse
    if target == "jsonl":
        return json.dumps(json_output(sentence, outputs), ensure_ascii=False) + "\n"
    if target == "tsv":
        return format_tsv(arc_rows(parse.annotated, number))
    if target == "html":
        picture = picture_of(parse.annotated, f"Sentence {sentence.id or number}")
        return section_of_page(number, picture_section(picture))
    predicted = predicted_sentence(sentence, outputs, parse.source, target, number)
    predicted = with_class(predicted, outputs, target)
    if target in SDP_LAYOUTS:
        predicted = _with_header(predicted, target, number)
    return format_sentence(predicted, target)


def _with_header(sentence: Sentence, layout: str, number: int) -> Sentence:
    """
    With the header of the layout if it is the first one, which that of the input need not be, and
    without any if it is not, as the first one of a further file.
    """
    headers = [each for each in sentence.comments if header_year(each)]
    others = [each for each in sentence.comments if not header_year(each)]
    if number > 1:
        headers = []
    elif not headers and SDP_LAYOUTS[layout].has_header:
        headers = [f"#SDP {SDP_LAYOUTS[layout].header}"]
    return replace(sentence, comments=headers + others)

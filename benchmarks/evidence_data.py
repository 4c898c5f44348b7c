"""The sentences of the experiments of evidence.py, drawn from corpora."""

import random
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Iterable, Iterator, List, TypeVar

from evidence_tasks import GRAPHS, SENTIMENT, TASKS, Setting

from bilexical.formats.corpus_files import detect_format, format_sentence, read_sentences
from bilexical.formats.sdp_layouts import SDP_LAYOUTS
from bilexical.formats.sentence import Sentence
from bilexical.formats.sst import detect_sst_layout, read_sst
from bilexical.formats.sst_columns import format_sst_columns
from bilexical.formats.sst_trees import format_sst_tree
from bilexical.formats.text import write_text

Item = TypeVar("Item")


def folder_of(setting: Setting, seed: int) -> Path:
    return Path("runs", "evidence", setting.task, f"{setting.name}-seed-{seed}")


def write_folder(setting: Setting, seed: int) -> None:
    """Draws the sentences; nothing is written anew."""
    folder = folder_of(setting, seed)
    if folder.exists():
        return
    # All of it, or nothing.
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    unfinished.mkdir(parents=True, exist_ok=True)
    write_all = {GRAPHS: write_graphs, SENTIMENT: write_sentiment}[TASKS[setting.task].kind]
    write_all(setting, seed, unfinished)
    unfinished.rename(folder)


def write_graphs(setting: Setting, seed: int, folder: Path) -> None:
    corpus = Path(TASKS[setting.task].corpus)
    start = 0 if setting.same else setting.sentences
    number = max(setting.sentences, start + setting.trees)
    sentences = draw(sentences_of(corpus), number, seed, corpus)
    for name in ("dev", "test"):
        shutil.copyfile(corpus / f"{name}.sdpx", folder / f"{name}.sdpx")
    write(folder / "train.sdpx", sentences[: setting.sentences], "sdp_augmented")
    write(folder / "train_gold.conll", sentences[start : start + setting.trees], "conllx")
    write(folder / "dev.conll", read(corpus / "dev.sdpx"), "conllx")


def write_sentiment(setting: Setting, seed: int, folder: Path) -> None:
    """Labeled sentences, with their graphs where there are some, and the parser's graphs."""
    task = TASKS[setting.task]
    corpus = Path(task.corpus)
    path = corpus / "train.txt"
    layout = detect_sst_layout(path)
    labeled = list(read_sst(path, layout))
    graphs = list(read(corpus / "train.sdp")) if task.options.get("gold_graphs") else labeled
    # The neutral ones, 2 of 0 to 4, are left out by the reader.
    pairs = [
        (sentence, graph)
        for sentence, graph in zip(labeled, graphs)
        if layout == "binary_columns" or sentence.phrases[0].label != 2
    ]
    pairs = draw(pairs, setting.sentences, seed, path)
    format_labeled = format_sst_tree if layout == "trees" else format_sst_columns
    write_text(str(folder / "train.txt"), (format_labeled(sentence) for sentence, _ in pairs))
    for name in ("dev.txt", "test.txt"):
        shutil.copyfile(corpus / name, folder / name)
    if task.options.get("gold_graphs"):
        write(folder / "train.sdp", [graph for _, graph in pairs], "sdp")
        for name in ("dev.sdp", "test.sdp"):
            shutil.copyfile(corpus / name, folder / name)
    of_parser = Path(f"{task.of_parser}train.sdpx")
    drawn = draw(read(of_parser), setting.trees, seed, of_parser)
    write(folder / "parser_train.sdpx", drawn, "sdp_augmented")
    shutil.copyfile(f"{task.of_parser}dev.sdpx", folder / "parser_dev.sdpx")


def draw(items: Iterable[Item], number: int, seed: int, path: Path) -> List[Item]:
    """The first `number` of them in the order of the seed."""
    drawn = list(items)
    if number > len(drawn):
        raise SystemExit(f"{path} has only {len(drawn)} sentences, and not {number}.")
    random.Random(seed).shuffle(drawn)
    return drawn[:number]


def sentences_of(corpus: Path) -> Iterator[Sentence]:
    """The training sentences, with true trees: those of the toy corpus are in another file."""
    sentences = read(corpus / "train.sdpx")
    if corpus != Path(TASKS["toy"].corpus):
        return sentences
    trees = read(corpus / "train_gold.conll")
    return (with_tree(sentence, tree) for sentence, tree in zip(sentences, trees))


def with_tree(sentence: Sentence, tree: Sentence) -> Sentence:
    pairs = zip(sentence.words, tree.words)
    words = [word.changed(head=true.head, deprel=true.deprel) for word, true in pairs]
    return replace(sentence, words=words)


def read(path: Path) -> Iterator[Sentence]:
    return read_sentences(str(path), detect_format(str(path)))


def write(path: Path, sentences: Iterable[Sentence], layout: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        if layout in SDP_LAYOUTS:
            file.write("#SDP 2015\n")
        for sentence in sentences:
            own = [comment for comment in sentence.comments if not comment.startswith("#SDP")]
            file.write(format_sentence(replace(sentence, comments=own), layout))

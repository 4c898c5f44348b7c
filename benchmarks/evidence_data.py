"""The sentences of the experiments of evidence.py, drawn from corpora."""

import random
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Iterator, List, NamedTuple

from bilexical.formats.corpus_files import detect_format, format_sentence, read_sentences
from bilexical.formats.sentence import Sentence

LISTOPS = "listops"
#: Semantic roles where the predicates are known, which is their usual task.
PROPBANK_GIVEN = "propbank_given"
CORPORA = {
    "wescience": "data/wescience_dm",
    "propbank": "data/ewt_propbank",
    PROPBANK_GIVEN: "data/ewt_propbank",
    "toy": "data/toy",
}


class Setting(NamedTuple):
    """How many sentences the end task and the parser have, and whether they are the same ones."""

    task: str
    sentences: int
    trees: int
    same: bool

    @property
    def name(self) -> str:
        return f"{self.sentences}-and-{self.trees}-{'same' if self.same else 'other'}-trees"


def folder_of(setting: Setting, seed: int) -> Path:
    return Path("runs", "evidence", setting.task, f"{setting.name}-seed-{seed}")


def write_folder(setting: Setting, seed: int) -> None:
    """Draws the sentences; nothing is written anew."""
    folder, corpus = folder_of(setting, seed), Path(CORPORA[setting.task])
    if (folder / "dev.conll").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    sentences = list(sentences_of(corpus))
    if setting.sentences + (0 if setting.same else setting.trees) > len(sentences):
        raise SystemExit(f"{corpus} has only {len(sentences)} sentences: {setting.name}.")
    random.Random(seed).shuffle(sentences)
    start = 0 if setting.same else setting.sentences
    graphs, trees = sentences[: setting.sentences], sentences[start : start + setting.trees]
    for name in ("dev", "test"):
        shutil.copyfile(corpus / f"{name}.sdpx", folder / f"{name}.sdpx")
    write(folder / "train.sdpx", graphs, "sdp_augmented")
    write(folder / "train_gold.conll", trees, "conllx")
    write(folder / "dev.conll", read(corpus / "dev.sdpx"), "conllx")


def sentences_of(corpus: Path) -> Iterator[Sentence]:
    """The training sentences, with true trees: those of the toy corpus are in another file."""
    sentences = read(corpus / "train.sdpx")
    if corpus != Path(CORPORA["toy"]):
        return sentences
    trees = read(corpus / "train_gold.conll")
    return (with_tree(sentence, tree) for sentence, tree in zip(sentences, trees))


def with_tree(sentence: Sentence, tree: Sentence) -> Sentence:
    pairs = zip(sentence.words, tree.words)
    words = [word.changed(head=true.head, deprel=true.deprel) for word, true in pairs]
    return replace(sentence, words=words)


def read(path: Path) -> Iterator[Sentence]:
    return read_sentences(str(path), detect_format(str(path)))


def write(path: Path, sentences: "Iterator[Sentence] | List[Sentence]", layout: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        if layout == "sdp_augmented":
            file.write("#SDP 2015\n")
        for sentence in sentences:
            own = [comment for comment in sentence.comments if not comment.startswith("#SDP")]
            file.write(format_sentence(replace(sentence, comments=own), layout))

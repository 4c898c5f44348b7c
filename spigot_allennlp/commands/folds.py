"""The folds of a file of sentences: a parser for each, trained on the others."""

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, Iterable, List, NamedTuple, Sequence

from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader

from bilexical.comparison.layers import Gold
from bilexical.formats.conversion import converted
from bilexical.formats.corpus_files import detect_format, format_sentence, read_sentences
from bilexical.formats.enhanced import without_deps
from bilexical.formats.predictions import with_predictions
from bilexical.formats.sdp_layouts import SDP_LAYOUTS
from bilexical.formats.sentence import Sentence
from bilexical.formats.text import write_text
from spigot_allennlp.commands.compare.predictions import check_words, predictions_of_run
from spigot_allennlp.commands.compare.runs import Run
from spigot_allennlp.dataset_readers import ConllDependenciesReader
from spigot_allennlp.dataset_readers.purpose import Purpose

_LAYERS = ("heads", "deprels")


class Fold(NamedTuple):
    """
    # Parameters

    run : `Run`
        The training on the other folds.
    train, held_out : `Path`
        The files with the sentences of the other folds, and with those of this one.
    sentences : `List[Sentence]`
        Those of this one.
    """

    run: Run
    train: Path
    held_out: Path
    sentences: List[Sentence]


def plan_folds(
    config: Dict[str, Any],
    sentences: Sequence[Sentence],
    file_format: str,
    num_folds: int,
    folder: Path,
    ending: str,
) -> List[Fold]:
    """
    The folds, whose sizes differ by one at most.

    # Parameters

    config : `Dict[str, Any]`
        Of a parser.
    sentences : `Sequence[Sentence]`
    file_format : `str`
        Of their file.
    num_folds : `int`
    folder : `Path`
        Of the files and of the runs.
    ending : `str`
        Of the names of files, which says which format they have.

    # Raises

    `ConfigurationError`
        When there are fewer than two folds, or more than sentences.
    """
    if not 2 <= num_folds <= len(sentences):
        raise ConfigurationError(
            f"--folds must be from 2 to the number of sentences, {len(sentences)}, but is "
            f"{num_folds}."
        )
    if fold_format(config, file_format) != file_format:
        ending = ".conllx"
    bounds = [len(sentences) * number // num_folds for number in range(num_folds + 1)]
    folds = []
    for number, (first, end) in enumerate(zip(bounds, bounds[1:]), 1):
        train, held_out = (folder / f"fold-{number}.{part}{ending}" for part in ("train", "rest"))
        own: Dict[str, Any] = {**copy.deepcopy(config), "train_data_path": str(train)}
        run = Run("parser", number, folder / f"fold-{number}", own)
        folds.append(Fold(run, train, held_out, list(sentences[first:end])))
    return folds


def write_folds(
    folds: Sequence[Fold], sentences: Sequence[Sentence], file_format: str, fold_format: str
) -> None:
    """
    Writes the files of the folds, unless they are there.

    # Parameters

    folds : `Sequence[Fold]`
    sentences : `Sequence[Sentence]`
        Of all folds.
    file_format, fold_format : `str`
        Of the file that they are from, and of those of the folds.

    # Raises

    `ConfigurationError`
        When a parser was trained on other sentences.
    """
    if fold_format != file_format:
        sentences = [converted(sentence, fold_format, 0) for sentence in sentences]
    lines = [format_sentence(sentence, fold_format) for sentence in sentences]
    first = 0
    for fold in folds:
        end = first + len(fold.sentences)
        held_out = [
            format_sentence(_to_predict(sentence), fold_format) for sentence in sentences[first:end]
        ]
        for path, own in (
            (fold.train, lines[:first] + lines[end:]),
            (fold.held_out, held_out),
        ):
            is_there = path.exists() and _same(path, own, fold_format)
            if not is_there and fold.run.folder.exists():
                raise ConfigurationError(
                    f"{fold.run.folder} was trained on other sentences than those that are to be "
                    "parsed now, or on other folds. Remove it, or name another folder by -s."
                )
            if not is_there:
                path.parent.mkdir(parents=True, exist_ok=True)
                write_text(str(path), own)
        first = end


def predict_fold(fold: Fold) -> List[Sentence]:
    """
    The sentences of a fold with the trees of its parser.

    # Raises

    `ConfigurationError`
        When the model predicts no trees.
    """
    path = str(fold.held_out)
    # Its format may have no spaces in words, and not every sentence needs to have a tree.
    gold = [Gold(sentence, None) for sentence in read_sentences(path, detect_format(path))]
    outputs = predictions_of_run(fold.run.folder, path, gold, Purpose.PREDICTION)
    check_words(fold.run.name, gold, outputs)
    if any("heads" not in output for output in outputs):
        raise ConfigurationError(
            f"The model of {fold.run.folder} predicts no trees. Take the configuration of a "
            "syntactic parser, such as training_configs/conll_parser.jsonnet."
        )
    return [
        with_predictions(sentence, {name: out[name] for name in _LAYERS if name in out})
        for sentence, out in zip(fold.sentences, outputs)
    ]


def fold_format(config: Dict[str, Any], file_format: str) -> str:
    """That of the folds of a file: a reader of trees is given the trees of a file of graphs."""
    reader = config.get("dataset_reader", {}).get("type")
    is_of_trees = reader in DatasetReader.list_available() and issubclass(
        DatasetReader.by_name(reader), ConllDependenciesReader
    )
    return "conllx" if is_of_trees and file_format in SDP_LAYOUTS else file_format


def _to_predict(sentence: Sentence) -> Sentence:
    """
    Without senses and the column DEPS, which the reader would say that no output has. Here it has.
    """
    words = [word.changed(frame=None) for word in sentence.words]
    return without_deps(replace(sentence, words=words))


def _same(path: Path, lines: Iterable[str], file_format: str) -> bool:
    there = (format_sentence(s, file_format) for s in read_sentences(str(path), file_format))
    return list(there) == list(lines)

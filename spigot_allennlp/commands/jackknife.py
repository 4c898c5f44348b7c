"""`allennlp jackknife`: training sentences with the trees of parsers that did not see them."""

import argparse
import copy
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Sequence

from allennlp.commands.subcommand import Subcommand
from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader
from overrides import overrides

from bilexical.comparison.layers import Gold
from bilexical.formats.conversion import converted
from bilexical.formats.corpus_files import detect_format, format_sentence, read_sentences
from bilexical.formats.enhanced import without_deps
from bilexical.formats.file_formats import format_of_name
from bilexical.formats.predictions import with_predictions
from bilexical.formats.sdp_layouts import SDP_LAYOUTS
from bilexical.formats.sentence import Sentence
from bilexical.formats.text import write_text
from spigot_allennlp.commands.compare.command import add_training_options, read_config, train
from spigot_allennlp.commands.compare.predictions import check_words, predictions_of_run
from spigot_allennlp.commands.compare.runs import Run, check_folders
from spigot_allennlp.commands.quiet import only_warnings
from spigot_allennlp.dataset_readers import ConllDependenciesReader
from spigot_allennlp.dataset_readers.purpose import Purpose

DESCRIPTION = """Gives every sentence of a parser's training data the tree of a parser that did not
see it. A pipeline that is trained on such trees does not learn to trust trees better than those it
will get. The sentences are split into folds, each a part of the file from end to end; for each fold
a parser is trained on the others, and predicts the trees of this one. All else, and the order, stay
as they are. Given again after it was interrupted, the command goes on where it stopped; what is
finished is not trained again. Each fold's parser is a folder fold-N with its log and its sentences
beside it."""

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


@Subcommand.register("jackknife")
class Jackknife(Subcommand):
    """Registered as a `Subcommand` with name "jackknife"."""

    @overrides
    def add_subparser(self, parser: argparse._SubParsersAction) -> argparse.ArgumentParser:
        subparser = parser.add_parser(
            self.name,
            description=DESCRIPTION,
            help="Give training sentences the trees of parsers that did not see them.",
        )
        subparser.add_argument("param_path", help="the configuration of a parser")
        subparser.add_argument("--folds", type=int, default=10, help="2 or more (default: 10)")
        subparser.add_argument(
            "-s", "--serialization-dir", required=True, help="folder of the parsers and the trees"
        )
        subparser.add_argument(
            "--train-data",
            help="file with the sentences: the configuration's train_data_path if not given. For a "
            "reader of trees it may also be a file of graphs that has trees",
        )
        subparser.add_argument(
            "--output", help="file to write: jackknifed in the folder, with the same ending"
        )
        add_training_options(subparser)
        subparser.set_defaults(func=jackknife)
        return subparser


@only_warnings()
def jackknife(args: argparse.Namespace) -> None:
    """Does what `DESCRIPTION` says."""
    config = read_config(args)
    path = args.train_data or _train_data(config)
    folder = Path(args.serialization_dir)
    output = Path(args.output) if args.output else folder / f"jackknifed{_ending(path)}"
    file_format = detect_format(path)
    if output.exists() and output.samefile(path):
        raise ConfigurationError(f"{output} is the training data itself. Name another --output.")
    if args.output and format_of_name(output) not in (None, file_format):
        raise ConfigurationError(
            f"{output} would have the format of {path}, {file_format}. Name an --output with the "
            "ending of that, and use `spigot convert` afterwards."
        )
    sentences = list(read_sentences(path, file_format))
    if all(word.head is None for sentence in sentences for word in sentence.words):
        raise ConfigurationError(
            f"{path} has no trees for a parser to learn from. Name a file that has by --train-data."
        )
    folds = plan_folds(config, sentences, file_format, args.folds, folder, _ending(path))
    check_folders([fold.run for fold in folds])
    write_folds(folds, sentences, file_format, _fold_format(config, file_format))
    # Before hours of training.
    output.parent.mkdir(parents=True, exist_ok=True)

    failures = train([fold.run for fold in folds], args)
    if failures:
        lines = [f"{name}: {reason}" for name, reason in failures.items()]
        raise SystemExit("\n".join([*lines, f"{output} was not written."]))
    predicted = [sentence for fold in folds for sentence in predict_fold(fold)]
    write_text(str(output), (format_sentence(sentence, file_format) for sentence in predicted))
    sys.stdout.write(_summary(folds, sentences, predicted))
    sys.stdout.write(f"Written to {output}\n")


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
    if _fold_format(config, file_format) != file_format:
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


def _train_data(config: Dict[str, Any]) -> str:
    path = config.get("train_data_path")
    if not isinstance(path, str):
        raise ConfigurationError(
            "the configuration's train_data_path is not one file. Name the file with the sentences "
            "by --train-data."
        )
    return path


def _ending(path: str) -> str:
    """With that of the format before that of a compression."""
    stem, ending = os.path.splitext(os.path.basename(path))
    return os.path.splitext(stem)[1] + ending if ending in (".gz", ".xz") else ending


def _fold_format(config: Dict[str, Any], file_format: str) -> str:
    """A reader of trees is given the trees of a file of graphs."""
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


def _summary(
    folds: Sequence[Fold], sentences: Sequence[Sentence], predicted: Sequence[Sentence]
) -> str:
    """How many heads are others than before."""
    lines, first = [], 0
    for fold in [*folds, None]:
        end = len(sentences) if fold is None else first + len(fold.sentences)
        begin = 0 if fold is None else first
        share = _share_of_same_heads(sentences[begin:end], predicted[begin:end])
        name = "all" if fold is None else fold.run.name
        if share is not None:
            lines.append(f"{name}: {share:.1%} of the heads are those of the file\n")
        first = end
    return "".join(lines)


def _share_of_same_heads(before: Sequence[Sentence], after: Sequence[Sentence]) -> Optional[float]:
    pairs = [
        (old.head, new.head)
        for sentence, other in zip(before, after)
        for old, new in zip(sentence.words, other.words)
        if old.head is not None
    ]
    return sum(old == new for old, new in pairs) / len(pairs) if pairs else None

"""`allennlp jackknife`: training sentences with the trees of parsers that did not see them."""

import argparse
import os
import sys
from pathlib import Path
from typing import Any, Dict, Optional, Sequence

from allennlp.commands.subcommand import Subcommand
from allennlp.common.checks import ConfigurationError
from overrides import overrides

from bilexical.formats.corpus_files import detect_format, format_sentence, read_sentences
from bilexical.formats.file_formats import format_of_name
from bilexical.formats.sentence import Sentence
from bilexical.formats.text import write_text
from spigot_allennlp.commands.compare.command import add_training_options, read_config, train
from spigot_allennlp.commands.compare.runs import check_folders
from spigot_allennlp.commands.folds import (
    Fold,
    fold_format,
    plan_folds,
    predict_fold,
    write_folds,
)
from spigot_allennlp.commands.quiet import only_warnings

DESCRIPTION = """Gives every sentence of a parser's training data the tree of a parser that did not
see it. A pipeline that is trained on such trees does not learn to trust trees better than those it
will get. The sentences are split into folds, each a part of the file from end to end; for each fold
a parser is trained on the others, and predicts the trees of this one. All else, and the order, stay
as they are. Given again after it was interrupted, the command goes on where it stopped; what is
finished is not trained again. Each fold's parser is a folder fold-N with its log and its sentences
beside it."""


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
    write_folds(folds, sentences, file_format, fold_format(config, file_format))
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

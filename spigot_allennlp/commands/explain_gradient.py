"""`allennlp explain-gradient`: what the end task does to the scores of one word's heads."""

import argparse
import os
from pathlib import Path
from typing import Sequence

from allennlp.commands.subcommand import Subcommand
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import Instance
from allennlp.models.archival import load_archive
from overrides import overrides

from bilexical.formats.sentence import Sentence
from spigot_allennlp.commands.compare.estimator_choices import parse_estimators
from spigot_allennlp.commands.compare.predictions import evaluation_instances
from spigot_allennlp.commands.quiet import only_warnings
from spigot_allennlp.estimators import StructuredGradientEstimator
from spigot_allennlp.models import StructuredPipeline
from spigot_allennlp.training.archives import archive_config

DESCRIPTION = """Shows, for one word of a sentence with gold annotation for the end task, the
candidate heads with their scores, the decision, the end task's gradient and the gradient that the
scores get from the model's estimator, or from another one, as a page of HTML."""


@Subcommand.register("explain-gradient")
class ExplainGradient(Subcommand):
    """Registered as a `Subcommand` with name "explain-gradient"."""

    @overrides
    def add_subparser(self, parser: argparse._SubParsersAction) -> argparse.ArgumentParser:
        subparser = parser.add_parser(
            self.name, description=DESCRIPTION, help="Show the gradient of a word's heads."
        )
        subparser.add_argument("archive", help="model.tar.gz of a structured_pipeline")
        subparser.add_argument(
            "file",
            help="sentences with what the end task is trained on, of the kind that the model's "
            "validation reader reads",
        )
        subparser.add_argument(
            "--sentence", required=True, help="id of the sentence, or its number in the file"
        )
        subparser.add_argument("--word", required=True, type=int, help="number of the word, from 1")
        subparser.add_argument(
            "--estimator",
            help='name, or JSON such as \'{"type": "spigot", "step_size": 0.5}\' (default: the '
            "model's own)",
        )
        subparser.add_argument("-o", "--output", required=True, help="page.html to write")
        subparser.set_defaults(func=run)
        return subparser


@only_warnings()
def run(args: argparse.Namespace) -> None:
    """Does what `DESCRIPTION` says."""
    # Other commands do not wait for pictures and pages.
    from spigot_allennlp.commands.explain import check_word, explain_gradient, explanation_page

    folder = Path(args.output).absolute().parent
    if not folder.is_dir():
        raise ConfigurationError(f"there is no folder {folder}. Make it, or name another page.")
    estimator = None
    if args.estimator is not None:
        (config,) = parse_estimators([args.estimator]).values()
        estimator = StructuredGradientEstimator.from_params(Params(config))
    instances = list(evaluation_instances(archive_config(args.archive), args.file))
    instance = _find(instances, args.file, args.sentence)
    check_word(instance, args.word)
    archive = load_archive(args.archive)
    if not isinstance(archive.model, StructuredPipeline):
        raise ConfigurationError(
            f"{args.archive} holds a {type(archive.model).__name__}; only a structured_pipeline "
            "has a gradient through a structure."
        )
    explained = explain_gradient(archive.model, instance, args.word, estimator)
    page = explanation_page(_sentence(instance), args.word, explained)
    Path(args.output).write_text(page, encoding="utf-8")
    print(f"The page is {os.fspath(args.output)}")  # noqa: T201


def _find(instances: Sequence[Instance], path: str, wanted: str) -> Instance:
    for instance in instances:
        if _sentence(instance).id == wanted:
            return instance
    if wanted.isdecimal() and 1 <= int(wanted) <= len(instances):
        return instances[int(wanted) - 1]
    raise ConfigurationError(
        f"{path} has no sentence {wanted!r}: give an id, or a number from 1 to {len(instances)}."
    )


def _sentence(instance: Instance) -> Sentence:
    return instance.fields["metadata"].metadata["sentence"]

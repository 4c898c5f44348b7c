"""`allennlp halve-archive`: a trained model in half the space."""

import argparse
import os
import sys

from allennlp.commands.subcommand import Subcommand
from overrides import overrides

from spigot_allennlp.commands.quiet import only_warnings
from spigot_allennlp.training.half_precision import write_half_precision

DESCRIPTION = """Writes the archive of a trained model once more, with weights in half precision. It
is about half as large, is loaded as any other, and predicts the same up to rounding."""


@Subcommand.register("halve-archive")
class HalveArchive(Subcommand):
    """Registered as a `Subcommand` with name "halve-archive"."""

    @overrides
    def add_subparser(self, parser: argparse._SubParsersAction) -> argparse.ArgumentParser:
        subparser = parser.add_parser(
            self.name,
            description=DESCRIPTION,
            help="Write a trained model with weights in half precision.",
        )
        subparser.add_argument("archive", help="a model.tar.gz")
        subparser.add_argument("output", help="the archive to write")
        subparser.set_defaults(func=halve_archive)
        return subparser


@only_warnings()
def halve_archive(args: argparse.Namespace) -> None:
    """Does what `DESCRIPTION` says."""
    write_half_precision(args.archive, args.output)
    size = os.path.getsize(args.output) / 1e6
    sys.stdout.write(f"Written to {args.output} ({size:.1f} MB)\n")

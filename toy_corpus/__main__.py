"""
`python -m toy_corpus --output data/toy --seed 1` writes the toy corpus,
`python -m toy_corpus --sentiment --output data/toy/sentiment --seed 1` that of sentiment, and
`python -m toy_corpus --listops --output data/listops --seed 1` that of nested lists of digits.
"""

import argparse
from typing import Any, Dict

from toy_corpus.corpus import generate, write_corpus
from toy_corpus.listops_corpus import generate_listops, write_listops
from toy_corpus.sentiment_corpus import generate_sentiment, write_sentiment_corpus


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m toy_corpus", description="Writes a toy corpus."
    )
    kinds = parser.add_mutually_exclusive_group()
    kinds.add_argument(
        "--sentiment", action="store_true", help="the one of sentences that praise or blame"
    )
    kinds.add_argument("--listops", action="store_true", help="the one of nested lists of digits")
    parser.add_argument(
        "--output",
        help="the directory to write to (default: data/toy, with --sentiment data/toy/sentiment, "
        "with --listops data/listops)",
    )
    parser.add_argument(
        "--seed", type=int, default=1, help="another seed, another corpus (default: %(default)s)"
    )
    for split in ("train", "dev", "test"):
        parser.add_argument(
            f"--{split}", type=int, help="sentences (default: those that the project uses)"
        )
    options = parser.parse_args()
    sizes = {name: getattr(options, name) for name in ("train", "dev", "test")}
    # The header of a file of graphs is a comment of its first sentence.
    least = 0 if options.listops else 1
    # Beyond, the ids of a split are those of the next one.
    most = 100_000 if options.listops else 10_000
    for name, size in sizes.items():
        if size is not None and not least <= size <= most:
            parser.error(f"--{name} must be from {least} to {most} but is {size}")
    sizes = {f"num_{name}": size for name, size in sizes.items() if size is not None}
    if options.seed < 0:
        # Python takes a negative one for the positive one.
        parser.error(f"--seed must be at least 0 but is {options.seed}")
    try:
        write(options, sizes)
    except OSError as error:
        parser.error(str(error))


def write(options: argparse.Namespace, sizes: Dict[str, Any]) -> None:
    if options.sentiment:
        corpus = generate_sentiment(options.seed, **sizes)
        write_sentiment_corpus(options.output or "data/toy/sentiment", corpus)
    elif options.listops:
        listops = generate_listops(options.seed, **sizes)
        write_listops(options.output or "data/listops", listops, options.seed)
    else:
        write_corpus(options.output or "data/toy", generate(options.seed, **sizes))


if __name__ == "__main__":
    main()

"""`python -m spigot_allennlp.toy --output data/toy --seed 1` writes the toy corpus."""

import argparse

from spigot_allennlp.toy.corpus import generate, write_corpus


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m spigot_allennlp.toy", description="Writes the toy corpus."
    )
    parser.add_argument(
        "--output", default="data/toy", help="the directory to write to (default: %(default)s)"
    )
    parser.add_argument(
        "--seed", type=int, default=1, help="another seed, another corpus (default: %(default)s)"
    )
    parser.add_argument(
        "--train", type=int, default=2000, help="training sentences (default: %(default)s)"
    )
    parser.add_argument(
        "--dev", type=int, default=300, help="development sentences (default: %(default)s)"
    )
    parser.add_argument(
        "--test", type=int, default=300, help="test sentences (default: %(default)s)"
    )
    options = parser.parse_args()
    write_corpus(options.output, generate(options.seed, options.train, options.dev, options.test))


if __name__ == "__main__":
    main()

"""What this process was started as."""

import sys


def is_allennlp() -> bool:
    """
    Whether it is that of `allennlp` or `python -m allennlp`, and not a program that imports this
    package.
    """
    started = getattr(sys.modules["__main__"], "__spec__", None)
    return "allennlp.__main__" in sys.modules or getattr(started, "name", "") == "allennlp.__main__"

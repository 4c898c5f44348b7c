import logging
from contextlib import contextmanager
from typing import Iterator


@contextmanager
def only_warnings() -> Iterator[None]:
    """In which AllenNLP does not tell what it is doing, which takes hundreds of lines a model."""
    before = logging.root.manager.disable
    logging.disable(logging.INFO)
    try:
        yield
    finally:
        logging.disable(before)

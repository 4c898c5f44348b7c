"""What the log of a command leaves out, and how it stays apart from progress bars."""

import logging
import os
import warnings
from contextlib import ContextDecorator, contextmanager
from typing import Iterator

from overrides import overrides
from tqdm import tqdm  # type: ignore[import-untyped]

from spigot_allennlp.labels import DEPRELS_NAMESPACE, ROLES_NAMESPACE

_CHATTY_LOGGERS = (
    "allennlp.common.params",
    "allennlp.common.util",
    "allennlp.data.fields.adjacency_field",
    "allennlp.data.fields.sequence_label_field",
    "allennlp.nn.initializers",
)


def tidy_logging() -> None:
    """
    Leaves out of AllenNLP's log every parameter of the configuration and of the model, which are
    hundreds of lines, and its advice on the names of our namespaces, which have unknown labels on
    purpose; so are warnings that AllenNLP uses what torch is going to rename. All other warnings
    stay, and with the variable `ALLENNLP_DEBUG` everything does. Lines of the log begin at the left
    where a progress bar has been drawn.
    """
    if not os.environ.get("ALLENNLP_DEBUG"):
        warnings.filterwarnings("ignore", category=FutureWarning, module=r"allennlp\.")
        for name in _CHATTY_LOGGERS:
            logging.getLogger(name).addFilter(_is_worth_reading)
    # A program without handlers prints warnings nevertheless, as long as nobody has one.
    if logging.getLogger().handlers:
        for name in ("allennlp", "bilexical", "spigot_allennlp"):
            logging.getLogger(name).addHandler(_ClearsProgressBars())


def _is_worth_reading(record: logging.LogRecord) -> bool:
    if record.name == "allennlp.common.util":
        return record.funcName != "log_frozen_and_tunable_parameter_names"
    if "label namespace" in str(record.msg):
        return record.args not in ((DEPRELS_NAMESPACE,), (ROLES_NAMESPACE,))
    return record.levelno > logging.INFO


class _ClearsProgressBars(logging.Handler):
    """Its turn comes before that of the root's handlers, which print; bars draw themselves anew."""

    @overrides
    def emit(self, record: logging.LogRecord) -> None:
        for bar in list(tqdm._instances):
            bar.clear()


def only_warnings() -> ContextDecorator:
    """In which AllenNLP does not tell what it is doing, which takes hundreds of lines a model."""
    return nothing_up_to(logging.INFO)


@contextmanager
def nothing_up_to(level: int) -> Iterator[None]:
    """In which nothing of the level `level` or below is logged."""
    before = logging.root.manager.disable
    logging.disable(max(before, level))
    try:
        yield
    finally:
        logging.disable(before)

"""The words that models were trained on, to tell those of the test data that they never saw."""

import copy
import json
import logging
from typing import Any, Dict, FrozenSet, Iterator, List, Optional, Sequence, Set, Tuple

from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader, Instance
from allennlp.data.dataset_readers import MultiTaskDatasetReader

from spigot_allennlp.commands.compare.predictions import gold_of

logger = logging.getLogger(__name__)


def training_forms(configs: Sequence[Dict[str, Any]]) -> Tuple[Optional[FrozenSet[str]], str]:
    """
    # Parameters

    configs : `Sequence[Dict[str, Any]]`
        Configurations, each with a `train_data_path` (one file, or several by task) that its
        `dataset_reader` reads.

    # Returns

    `Optional[FrozenSet[str]]`
        The forms of all words in any of the training data, as they are in the `sentence` of each
        instance's `metadata`. `None` if some cannot be read, which is logged.
    `str`
        What to say then in the report, else empty.
    """
    forms: Set[str] = set()
    for reader, path in _distinct(configs):
        try:
            for instance in _training_instances(reader, path):
                forms.update(word.form for word in gold_of(instance).sentence.words)
        except Exception as error:
            # Readers may be of others and raise anything; the rest of the comparison stands.
            problem = (
                "Nothing is said of words unseen in training, since the training data "
                f"{json.dumps(path)} cannot be read on this machine: {error}"
            )
            logger.warning("%s Put them there, and give the same command again.", problem)
            return None, problem
    return frozenset(forms), ""


def _distinct(configs: Sequence[Dict[str, Any]]) -> List[Tuple[Any, Any]]:
    """The reader and the path of each configuration; runs of the same data have them once."""
    found = [(config.get("dataset_reader"), config.get("train_data_path")) for config in configs]
    return list({json.dumps(pair, sort_keys=True): pair for pair in found}.values())


def _training_instances(reader_params: Any, path: Any) -> Iterator[Instance]:
    if reader_params is None or path is None:
        raise ConfigurationError("the configuration does not say what and how to read.")
    reader = DatasetReader.from_params(Params(copy.deepcopy(reader_params)))
    if not isinstance(reader, MultiTaskDatasetReader):
        yield from reader.read(path)
        return
    for task, file in path.items():
        yield from reader.read(file, force_task=task)

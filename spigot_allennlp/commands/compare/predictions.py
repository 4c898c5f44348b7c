"""The test sentences, and what trained models predict for them."""

import copy
import hashlib
import json
import tarfile
from pathlib import Path
from typing import Any, Dict, Iterator, List, Sequence

import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader, Instance
from allennlp.models.archival import archive_model, load_archive
from allennlp.predictors import Predictor

from bilexical.comparison.layers import Gold, Output
from bilexical.formats.alignment import align
from bilexical.formats.sentence import Sentence, Word
from spigot_allennlp.dataset_readers.purpose import Purpose
from spigot_allennlp.dataset_readers.sentence_reader import reader_for
from spigot_allennlp.training.archives import PathOrStr
from spigot_allennlp.training.whole_json import read_json_if_whole

#: The files in the folder of a run.
PREDICTIONS = "predictions.jsonl"
_PREDICTED_FOR = "predictions_for.json"

_BATCH_SIZE = 64


def evaluation_instances(config: Dict[str, Any], path: str) -> Iterator[Instance]:
    """What is in a file, read as a configuration reads the data that it is evaluated on."""
    params = config.get("validation_dataset_reader") or config["dataset_reader"]
    reader = DatasetReader.from_params(Params(copy.deepcopy(params)))
    return iter(reader_for(Purpose.EVALUATION, reader).read(path))


def read_gold(config: Dict[str, Any], path: str) -> List[Gold]:
    """
    The sentences of a file; see `evaluation_instances`.

    Raises `ConfigurationError` when there are none, and for a reader whose instances have no
    `sentence` in their `metadata`.
    """
    gold = [gold_of(instance) for instance in evaluation_instances(config, path)]
    if not gold:
        raise ConfigurationError(f"{path} has no sentences. Name another file to compare on.")
    return gold


def gold_of(instance: Instance) -> Gold:
    fields: Dict[str, Any] = dict(instance.fields)
    metadata = fields["metadata"].metadata if "metadata" in fields else {}
    if "sentence" not in metadata:
        raise ConfigurationError(
            "the dataset reader makes instances without `sentence` in their `metadata`, so that "
            "nobody knows what to compare. Read the data by a reader of this package, or let yours "
            "do as they do."
        )
    label = fields["label"].label if "label" in fields else None
    return Gold(metadata["sentence"], label)


def predict(
    archive_file: PathOrStr, path: str, purpose: Purpose = Purpose.EVALUATION
) -> List[Output]:
    """
    The predictions of the model of an archive, or of the folder of a training, for the sentences of
    a file, on a GPU if there is one. The file is read for `purpose`.
    """
    archive = load_archive(archive_file, cuda_device=0 if torch.cuda.is_available() else -1)
    predictor = Predictor.from_archive(
        archive, "structured_parser", extra_args={"output_format": "json"}
    )
    instances = list(reader_for(purpose, archive.validation_dataset_reader).read(path))
    outputs: List[Output] = []
    for start in range(0, len(instances), _BATCH_SIZE):
        outputs += predictor.predict_batch_instance(instances[start : start + _BATCH_SIZE])
    return outputs


def predictions_of_run(
    folder: Path, path: str, gold: Sequence[Gold], purpose: Purpose = Purpose.EVALUATION
) -> List[Output]:
    """
    The predictions of a finished run for the sentences of a file; see `predict`. They are kept in
    the folder, and made once as long as the sentences are the same.
    """
    predicted_for = {"sentences": len(gold), "sha256": _fingerprint(gold)}
    marker = folder / _PREDICTED_FOR
    if read_json_if_whole(marker) != predicted_for:
        outputs = predict(_archive(folder), path, purpose)
        # Without a marker predictions are not whole: it goes before them, and is written after.
        marker.unlink(missing_ok=True)
        write_json_lines(folder / PREDICTIONS, outputs)
        marker.write_text(json.dumps(predicted_for), encoding="utf-8")
    return list(_read_json_lines(folder / PREDICTIONS))


def check_words(name: str, gold: Sequence[Gold], outputs: Sequence[Output]) -> None:
    """Raises `FormatError` unless predictions are for the words of the gold sentences."""
    predicted = (Sentence("", [Word(form) for form in output["words"]]) for output in outputs)
    for _ in align((g.sentence for g in gold), predicted, ("the test data", name)):
        pass


def write_json_lines(path: Path, values: Sequence[Any]) -> None:
    """One line of JSON for each value."""
    with open(path, "w", encoding="utf-8") as file:
        for value in values:
            file.write(json.dumps(value, ensure_ascii=False) + "\n")


def _read_json_lines(path: Path) -> Iterator[Any]:
    with open(path, encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def _fingerprint(gold: Sequence[Gold]) -> str:
    """Of all that a model reads."""
    digest = hashlib.sha256()
    for annotated in gold:
        digest.update(json.dumps(annotated.sentence.to_json(), sort_keys=True).encode())
    return digest.hexdigest()


def _archive(folder: Path) -> Path:
    """
    The archive of a finished run. AllenNLP makes it after the metrics, so that a run that was
    killed in between, or had been interrupted before, has none, half of one or an old one.
    """
    archive, weights = folder / "model.tar.gz", folder / "best.th"
    if weights.exists() and not _is_whole_and_newer(archive, folder / "metrics.json"):
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        archive_model(folder, include_in_archive=config.get("include_in_archive"))
    return archive


def _is_whole_and_newer(archive: Path, metrics: Path) -> bool:
    if not archive.exists() or archive.stat().st_mtime < metrics.stat().st_mtime:
        return False
    try:
        with tarfile.open(archive) as file:
            file.getmembers()
    except (tarfile.ReadError, EOFError):
        return False
    return True

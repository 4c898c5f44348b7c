import logging
from pathlib import Path
from typing import Dict, Iterator, Optional, Set

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary
from allennlp.models import Model
from allennlp.models.archival import load_archive
from allennlp.nn.initializers import Initializer
from overrides import overrides
from torch import Tensor

from spigot_allennlp.modules import VocabularyAxis
from spigot_allennlp.training.complete_checkpointer import CompleteCheckpointer
from spigot_allennlp.training.vocabulary_axes import same_entries, tokens_of, vocabulary_axes

logger = logging.getLogger(__name__)


@Initializer.register("trained_model")
class TrainedModelInitializer(Initializer):
    """
    The parameters of the same names in a trained model, whose vocabulary may be another one.

    A parameter with an entry for every word or label takes each from the entry of that word or
    label. One that the trained model does not know starts as its unknown word or label: the former
    is trained by word dropout, and the latter has learned that it is never right, so that what a
    model predicts does not change. Where the trained model has nothing unknown, an entry keeps the
    value it had. All other parameters must have the same shape.

    Buffers, such as the counts of word dropout, are not initialized; they are those of the new
    vocabulary. AllenNLP drops initializers from the configuration of an archive that it loads,
    which therefore does not need the trained model any more. Neither does a run that is recovered:
    its parameters are those of its last checkpoint. Registered as an `Initializer` with name
    "trained_model".

    # Parameters

    archive_file : `str`
        The archive of the trained model, or the directory that it was trained in. It is loaded
        once, on the CPU.
    vocab : `Vocabulary`
        That of the new model.
    serialization_dir : `str`, optional (default = `None`)
        That of the new model's training, which AllenNLP gives. If there is a checkpoint, from which
        training is going to go on, nothing is loaded or initialized.
    """

    def __init__(
        self, archive_file: str, vocab: Vocabulary, serialization_dir: Optional[str] = None
    ) -> None:
        self._recovers = _has_checkpoint(serialization_dir)
        if self._recovers:
            logger.info(
                "Nothing is initialized by %s: training goes on from the checkpoint in %s.",
                archive_file,
                serialization_dir,
            )
            return
        model = _load_model(archive_file)
        self._archive_file = archive_file
        self._source = f"{archive_file} (a {type(model).__name__})"
        self._vocab = vocab
        self._trained_vocab = model.vocab
        self._trained = {name: value.detach() for name, value in model.named_parameters()}
        self._axes = vocabulary_axes(model)
        self._entries: Dict[VocabularyAxis, Tensor] = {}
        self._logged: Set[str] = set()

    @overrides(check_signature=False)
    def __call__(self, tensor: Tensor, parameter_name: str) -> None:
        """
        Fills `tensor`, the parameter called `parameter_name`. Raises `ConfigurationError` if there
        is none of that name, or of another size, or if the vocabulary has none of its words or
        labels.
        """
        if self._recovers:
            return
        # Whoever holds the model asks which of its parameters were trained before.
        setattr(tensor, "trained_in", self._source)  # noqa: B010
        if parameter_name not in self._trained:
            raise ConfigurationError(
                f"There is no parameter {parameter_name} in {self._source}. Name the archive of a "
                "model that is configured like the one to be initialized, or a narrower regex."
            )
        trained = self._trained[parameter_name]
        entries = {axis.dim: self._entries_of(axis) for axis in self._axes_of(parameter_name)}
        shape = tuple(
            len(entries[dim]) if dim in entries else size for dim, size in enumerate(trained.shape)
        )
        if tensor.shape != shape:
            here = f", which is {shape} with this vocabulary" if entries else ""
            raise ConfigurationError(
                f"The parameter {parameter_name} has the shape {tuple(tensor.shape)} but in "
                f"{self._source} {tuple(trained.shape)}{here}. Give both models the same sizes, or "
                "leave the parameter out with `prevent_regexes`."
            )
        if trained.numel() == 0:
            return
        with torch.no_grad():
            # Broadcasts over the axes that are no vocabulary's.
            has_entry = torch.ones([1] * len(shape), dtype=torch.bool)
            for dim, of_axis in entries.items():
                trained = trained.index_select(dim, of_axis.clamp(min=0))
                along = [-1 if axis == dim else 1 for axis in range(len(shape))]
                has_entry = has_entry & (of_axis >= 0).view(along)
            tensor.copy_(torch.where(has_entry, trained.to(tensor.dtype), tensor))

    def _axes_of(self, parameter_name: str) -> Iterator[VocabularyAxis]:
        """Those of a parameter over which the trained model has a vocabulary."""
        for axis in self._axes.get(parameter_name, ()):
            if tokens_of(self._trained_vocab, axis.namespace):
                self._check_is_here(axis)
                yield axis

    def _check_is_here(self, axis: VocabularyAxis) -> None:
        if not tokens_of(self._vocab, axis.namespace):
            # AllenNLP reads the vocabulary of an archive, or a folder that is one itself.
            is_folder = Path(self._archive_file).is_dir()
            directory = f"{self._archive_file}{'/vocabulary' if is_folder else ''}"
            raise ConfigurationError(
                f"The training data have nothing in the namespace '{axis.namespace}', of which "
                f"{self._source} knows {len(tokens_of(self._trained_vocab, axis.namespace)):,} "
                "entries; all would be lost. Keep them with "
                f'"vocabulary": {{"type": "extend", "directory": "{directory}"}}.'
            )

    def _entries_of(self, axis: VocabularyAxis) -> Tensor:
        if axis not in self._entries:
            self._entries[axis] = same_entries(axis, self._trained_vocab, self._vocab)
            self._log(axis.namespace)
        return self._entries[axis]

    def _log(self, namespace: str) -> None:
        if namespace in self._logged:
            return
        self._logged.add(namespace)
        here, there = (
            set(tokens_of(vocab, namespace)) for vocab in (self._vocab, self._trained_vocab)
        )
        logger.info(
            "%s of %s entries of the namespace '%s' are known to %s; the others start as unknown "
            "ones. %s that it knows are not in this vocabulary.",
            f"{len(here & there):,}",
            f"{len(here):,}",
            namespace,
            self._source,
            f"{len(there - here):,}",
        )


def _has_checkpoint(serialization_dir: Optional[str]) -> bool:
    if serialization_dir is None:
        return False
    return CompleteCheckpointer(serialization_dir).find_latest_checkpoint() is not None


def _load_model(archive_file: str) -> Model:
    path = Path(archive_file)
    try:
        return load_archive(archive_file).model
    except OSError as error:
        if isinstance(error, FileNotFoundError) and not path.exists():
            folder = path.parent if path.name.endswith(".tar.gz") else path
            raise ConfigurationError(
                f"There is no archive {archive_file}. Train that model first, by `allennlp train "
                f"CONFIG --include-package spigot_allennlp -s {folder}`, or give the path of its "
                "model.tar.gz as `archive_file`."
            ) from error
        raise ConfigurationError(
            f"{archive_file} cannot be loaded as the archive of a model: {error}. Give the path "
            "of a model.tar.gz that `allennlp train` has made as `archive_file`."
        ) from error

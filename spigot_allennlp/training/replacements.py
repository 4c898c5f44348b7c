"""
The functions of AllenNLP that are replaced when this package is imported, as its commands call them
before any class of this package has a say.
"""

from difflib import get_close_matches
from functools import wraps
from inspect import signature
from typing import AbstractSet, Any, Dict, List, Mapping, Optional, Tuple, Type

from allennlp.commands.predict import _PredictManager
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.models import Model, archival
from allennlp.nn import util as nn_util
from allennlp.nn.parallel import DdpWrappedModel, TorchDdpAccelerator
from allennlp.training import GradientDescentTrainer
from allennlp.training import util as training_util
from torch import Tensor

from spigot_allennlp.predictors.file_prediction import predict_file
from spigot_allennlp.training.archives import extracted_archive, load_tensors
from spigot_allennlp.training.end_with_parent import end_with_parent
from spigot_allennlp.training.next_steps import expect_next_steps
from spigot_allennlp.training.rendezvous import take_rendezvous
from spigot_allennlp.training.unfinished_config import finish_config

_DISTRIBUTED_KEYS = frozenset(
    ["cuda_devices", "ddp_accelerator", "num_nodes", "primary_address", "primary_port"]
)
_make_trainer = GradientDescentTrainer.from_partial_objects.__func__
_create_serialization_dir = training_util.create_serialization_dir
_read_state_dict = nn_util.read_state_dict
_wrap_model = TorchDdpAccelerator.wrap_model


def _create_or_recover(params: Params, serialization_dir: Any, recover: bool, force: bool) -> None:
    distributed = params.get("distributed")
    if isinstance(distributed, Params):
        _refuse_unknown(distributed.as_dict(quiet=True), _DISTRIBUTED_KEYS, "distributed")
        if params.get("evaluate_on_test"):
            # By one process after the others have ended, which metrics of all of them wait for.
            raise ConfigurationError(
                "evaluate_on_test does not go together with distributed. Leave it out, and score "
                "the archive by `allennlp evaluate`."
            )
    if recover:
        finish_config(params, serialization_dir)
        take_rendezvous(params, serialization_dir)
    _create_serialization_dir(params, serialization_dir, recover, force)
    if distributed is not None:
        expect_next_steps(str(serialization_dir))


def _read_tensors(
    path: Any,
    strip_prefix: Optional[str] = None,
    ignore: Optional[List[str]] = None,
    strict: bool = True,
    cuda_device: int = -1,
) -> Dict[str, Tensor]:
    # Torch before 2.6 would load anything, and later ones do not name the file.
    state = load_tensors(path, nn_util.device_mapping(cuda_device))
    if strip_prefix is None and ignore is None:
        return state
    return _read_state_dict(path, strip_prefix, ignore, strict, cuda_device)


def _wrap_with_own_names(
    accelerator: TorchDdpAccelerator, model: Model
) -> Tuple[Model, DdpWrappedModel]:
    end_with_parent()
    model, wrapped = _wrap_model(accelerator, model)
    wrapped.model.named_parameters = model.named_parameters
    return model, wrapped


@wraps(_make_trainer)
def _make_trainer_of_known_options(
    cls: Type[GradientDescentTrainer], *arguments: Any, **options: Any
) -> GradientDescentTrainer:
    known = {"run_sanity_checks", *signature(_make_trainer).parameters}
    _refuse_unknown(options, known, cls.__name__)
    return _make_trainer(cls, *arguments, **options)


def _refuse_unknown(options: Mapping[str, Any], known: AbstractSet[str], owner: str) -> None:
    unknown = {name: value for name, value in options.items() if name not in known}
    if unknown:
        near = [match for name in unknown for match in get_close_matches(name, known, n=1)]
        hint = f" Did you mean {', '.join(near)}?" if near else ""
        raise ConfigurationError(f"Extra parameters passed to {owner}: {unknown}.{hint}")


# `allennlp train --recover` goes on although `config.json` is cut off, and on other machines.
# Distributed training ends with the next steps, too.
training_util.create_serialization_dir = _create_or_recover
# Whatever opens an archive refuses one that would write elsewhere.
archival.extracted_archive = extracted_archive
# Whatever loads a model loads tensors only. AllenNLP's initializer `pretrained` and its
# checkpointer ask torch itself, which loads anything before 2.6.
nn_util.read_state_dict = _read_tensors
# Parameters have the same names in one process and in several, where all of them began with
# `module.`, so that the patterns of `no_grad` and `parameter_groups` found none. Each process
# comes by once, and is told whom to end with.
TorchDdpAccelerator.wrap_model = _wrap_with_own_names
# `allennlp predict` reads, computes and writes at the same time, and makes nothing for a console
# that is not used.
_PredictManager.run = predict_file
# A misspelled key of `trainer` or `distributed` is an error, as elsewhere; AllenNLP drops it.
GradientDescentTrainer.from_partial_objects = classmethod(_make_trainer_of_known_options)

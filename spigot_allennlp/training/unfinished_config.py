"""Going on with a run that was killed while AllenNLP wrote its configuration."""

import json
import logging
import os
from pathlib import Path
from typing import Union

from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.models.archival import CONFIG_NAME

from spigot_allennlp.training.whole_json import read_json_if_whole

logger = logging.getLogger(__name__)


def finish_config(params: Params, serialization_dir: Union[str, "os.PathLike[str]"]) -> None:
    """
    Writes `config.json` for a run that is recovered with the configuration `params`, if there is
    but a beginning of it, or nothing yet in the folder. AllenNLP writes it whenever a run starts or
    is recovered, so that there may be checkpoints beside one that is cut off.

    Raises `ConfigurationError` if what is there is the beginning of another configuration.
    """
    folder = Path(serialization_dir)
    config = folder / CONFIG_NAME
    if not folder.is_dir() or (not config.exists() and any(folder.iterdir())):
        return
    if read_json_if_whole(config) is not None:
        return
    there = config.read_text(encoding="utf-8") if config.exists() else ""
    # As `Params.to_file` writes it.
    if not json.dumps(params.as_ordered_dict(), indent=4).startswith(there):
        raise ConfigurationError(
            f"{config} is cut off, as the run was ended while it was written, and what is left of "
            "it is not the beginning of the configuration that is given. Give the configuration "
            "and the overrides (-o) that the run was started with; or start it again by --force."
        )
    logger.warning(
        "%s is not complete, as the run was ended while it was written. The configuration that is "
        "given takes its place.",
        config,
    )
    params.to_file(str(config))

"""Going on with a distributed training on other machines."""

import json
import os
from pathlib import Path
from typing import Union

from allennlp.common import Params
from allennlp.models.archival import CONFIG_NAME

from spigot_allennlp.training.whole_json import read_json_if_whole

_KEYS = ("primary_address", "primary_port")


def take_rendezvous(params: Params, serialization_dir: Union[str, "os.PathLike[str]"]) -> None:
    """
    Writes to the `config.json` of a run that is recovered at which address and port its processes
    meet now. AllenNLP goes on with the same configuration only, and a cluster gives other machines
    each time; what is trained does not depend on them.
    """
    path = Path(serialization_dir, CONFIG_NAME)
    config = read_json_if_whole(path)
    now = params.get("distributed")
    if config is None or now is None or not isinstance(config.get("distributed"), dict):
        return
    for key in _KEYS:
        config["distributed"].pop(key, None)
        if key in now:
            config["distributed"][key] = now[key]
    draft = path.with_name(f"{path.name}.draft")
    draft.write_text(json.dumps(config, indent=4), encoding="utf-8")
    os.replace(draft, path)

"""Files with the trees of the frozen pipeline with jack-knife, to be read as gold (evidence.py)."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict

from evidence_data import read, write

from bilexical.comparison.layers import Output
from bilexical.formats.predictions import with_predictions
from bilexical.formats.sentence import Sentence
from spigot_allennlp.commands.compare.predictions import predict
from spigot_allennlp.commands.compare.starting import end

FOLDS = 5


def write_jackknifed(corpus: Path, parser: Path, config: Dict[str, Any], folder: Path) -> None:
    """
    Writes train.sdpx, dev.sdpx and test.sdpx with predicted trees.

    # Parameters

    corpus : `Path`
        The folder with the files of these names.
    parser : `Path`
        The archive that predicts the trees of development and test data.
    config : `Dict[str, Any]`
        That it was trained with, for those of the training data: each tree is of a parser that
        did not see the sentence.
    folder : `Path`
        Of the files. What is there is not made anew.
    """
    folder.mkdir(exist_ok=True)
    config_file = folder / "parser.json"
    config_file.write_text(json.dumps(config), encoding="utf-8")
    if not (folder / "train.sdpx").exists():
        command = [sys.executable, "-m", "allennlp", "jackknife", str(config_file)]
        command += ["--train-data", str(corpus / "train.sdpx"), "--folds", str(FOLDS)]
        command += ["-s", str(folder / "folds"), "--output", str(folder / "train.sdpx")]
        process = subprocess.Popen([*command, "--include-package", "spigot_allennlp"])
        try:
            if process.wait():
                raise subprocess.CalledProcessError(process.returncode, process.args)
        finally:
            # Not killed as by `subprocess.run`, so that it ends its trainings.
            end(process)
    for name in ("dev", "test"):
        path, trees = corpus / f"{name}.sdpx", folder / f"{name}.conll"
        if not (folder / path.name).exists():
            # What the parser reads.
            write(trees, read(path), "conllx")
            sentences = map(with_tree_of, read(path), predict(parser, str(trees)))
            write(folder / path.name, sentences, "sdp_augmented")


def with_tree_of(sentence: Sentence, output: Output) -> Sentence:
    return with_predictions(sentence, {name: output[name] for name in ("heads", "deprels")})

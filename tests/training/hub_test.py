"""Models of the Hugging Face hub, as `hf://user/model`, from a cache that is filled already."""

import os
import shutil
import socket
import subprocess

import huggingface_hub
import pytest
import torch
from allennlp.common import file_utils
from allennlp.models import load_archive
from allennlp.predictors import Predictor
from packaging.version import Version

from spigot_allennlp.training.archives import archive_config
from tests import FIXTURES_ROOT
from tests.commands.cli import TREES, allennlp, read_json_lines
from tests.documentation import PAGES, words

pytestmark = pytest.mark.skipif(
    Version(huggingface_hub.__version__) < Version("0.20"),
    reason="this version of the hub's library asks the hub even for what it has",
)
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The folder of a training."""
    run = tmp_path_factory.mktemp("hub") / "run"
    allennlp("train", FIXTURES_ROOT / "conll_parser.jsonnet", "-s", run)
    return run


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """AllenNLP's cache, in a process that reaches no other machine."""
    monkeypatch.setattr(file_utils, "CACHE_DIRECTORY", str(tmp_path / "cache"))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)

    def no_network(*arguments, **options):
        raise OSError("there is no network")

    monkeypatch.setattr(socket.socket, "connect", no_network)
    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    return tmp_path / "cache"


def fill(cache, repository, files):
    """As the hub's library fills a cache: a snapshot of links to blobs, and what `main` is."""
    folder = cache / f"models--{repository.replace('/', '--')}"
    snapshot = folder / "snapshots" / COMMIT
    for number, (name, path) in enumerate(files.items()):
        blob = folder / "blobs" / f"{number:040x}"
        blob.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, blob)
        link = snapshot / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(os.path.relpath(blob, link.parent))
    (folder / "refs").mkdir()
    for name in ("main", "v1"):
        (folder / "refs" / name).write_text(COMMIT, encoding="utf-8")


@pytest.fixture
def published(run, cache, tmp_path):
    """In the cache as what the page says is uploaded, and as the archive itself."""
    (make, unpack) = (
        words(command)
        for command in PAGES["docs/predict.md"].commands()
        if words(command)[0] in ("mkdir", "tar")
    )
    shutil.copytree(run, tmp_path / "runs" / "spigot")
    for command in (make, unpack):
        subprocess.run(command, cwd=tmp_path, check=True)
    paths = (path for path in (tmp_path / "published").rglob("*") if path.is_file())
    files = {path.relative_to(tmp_path / "published").as_posix(): path for path in paths}
    fill(cache, "someone/parser", files)
    fill(cache, "someone/packed", {"model.tar.gz": run / "model.tar.gz"})


@pytest.mark.parametrize(
    "name",
    [
        "hf://someone/parser",
        "hf://someone/parser@v1",
        "hf://someone/packed/model.tar.gz",
        "hf://someone/packed@v1/model.tar.gz",
    ],
)
def test_the_model_is_that_of_the_archive(name, run, published):
    found, expected = load_archive(name), load_archive(run / "model.tar.gz")
    state = expected.model.state_dict()
    assert list(found.model.state_dict()) == list(state)
    assert all(torch.equal(tensor, state[key]) for key, tensor in found.model.state_dict().items())
    assert archive_config(name) == archive_config(run / "model.tar.gz")
    sentence = {"sentence": "She sings."}
    outputs = [Predictor.from_archive(each).predict_json(sentence) for each in (found, expected)]
    assert outputs[0] == outputs[1] and outputs[0]["words"] == ["She", "sings", "."]


def test_the_command_predicts(tmp_path, published):
    output = tmp_path / "trees.jsonl"
    allennlp(
        *("predict", "hf://someone/parser", TREES, "--use-dataset-reader", "--silent"),
        *("--output-file", output, "--predictor-args", '{"output_format": "json"}'),
    )
    assert read_json_lines(output)[0]["heads"]


def test_what_is_not_in_the_cache_is_not_found(cache):
    with pytest.raises((OSError, ValueError)):
        load_archive("hf://someone/else")

"""Archives and weights of strangers: nothing is written elsewhere, and no program is run."""

import gzip
import io
import os
import pickle
import tarfile
import tempfile
import zipfile
from collections import OrderedDict

import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary
from allennlp.models import load_archive
from allennlp.nn import util as nn_util
from allennlp.nn.initializers import Initializer

from spigot_allennlp.training import archives
from spigot_allennlp.training.archives import archive_config, extracted_archive, load_tensors
from tests import FIXTURES_ROOT
from tests.commands.cli import TREES, allennlp


def member(name, kind=tarfile.REGTYPE, link=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    info.size = 2 if kind == tarfile.REGTYPE else 0
    return info


def pack(path, *members):
    with tarfile.open(path, "w:gz") as archive:
        for info in members:
            archive.addfile(info, io.BytesIO(b"{}"))
    return path


GOOD = [
    member("config.json"),
    member("vocabulary", tarfile.DIRTYPE),
    member("vocabulary/words.txt"),
]
BAD = {
    "above": member("../evil"),
    "above from within": member("vocabulary/../../evil"),
    "absolute": member("/tmp/evil"),
    "absolute on Windows": member("C:\\evil"),
    "above on Windows": member("..\\evil"),
    "symbolic link": member("vocabulary/link", tarfile.SYMTYPE, "/etc"),
    "hard link": member("weights.th", tarfile.LNKTYPE, "config.json"),
    "pipe": member("pipe", tarfile.FIFOTYPE),
    "device": member("device", tarfile.CHRTYPE),
}


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """The folder of temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture(params=BAD)
def bad_archive(tmp_path, request):
    return pack(tmp_path / "model.tar.gz", *GOOD, BAD[request.param])


def test_a_good_archive(tmp_path, temporary):
    archive = pack(tmp_path / "model.tar.gz", *GOOD)
    with extracted_archive(archive) as folder:
        assert sorted(os.listdir(folder)) == ["config.json", "vocabulary"]
        assert os.listdir(os.path.join(folder, "vocabulary")) == ["words.txt"]
    assert os.listdir(temporary) == []
    with extracted_archive(archive, cleanup=False) as folder:
        pass
    assert os.listdir(temporary) == [os.path.basename(folder)]


def test_a_bad_archive_is_refused_before_anything_is_written(bad_archive, temporary):
    with pytest.raises(ConfigurationError, match=r"model\.tar\.gz: the member .* nothing was unpa"):
        with extracted_archive(bad_archive):
            pytest.fail("it was unpacked")
    assert os.listdir(temporary) == []


def packed(tmp_path):
    """An archive whose data gzip cannot make small."""
    info = tarfile.TarInfo("weights.th")
    info.size = 100_000
    path = tmp_path / "good.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        archive.addfile(info, io.BytesIO(os.urandom(info.size)))
    return path.read_bytes()


NO_ARCHIVES = {
    "JSON": (lambda good: b'{"model": {}}', "not a gzip file"),
    "nothing": (lambda good: b"", "empty file"),
    "text in gzip": (lambda good: gzip.compress(b"text" * 500), "invalid header|bad checksum"),
    "cut off": (lambda good: good[:50_000], "ended before|unexpected end"),
    "overwritten": (lambda good: good[:20] + b"x" * 50_000 + good[50_020:], "decompressing"),
}


@pytest.mark.parametrize("kind", NO_ARCHIVES)
def test_what_is_no_archive_is_refused_with_its_name(tmp_path, temporary, kind):
    path = tmp_path / "model.tar.gz"
    content, reason = NO_ARCHIVES[kind]
    path.write_bytes(content(packed(tmp_path)))
    message = rf"{path} is no archive .*({reason}).*Name a model\.tar\.gz that `allennlp train`"
    with pytest.raises(ConfigurationError, match=message):
        archive_config(path)
    with pytest.raises(ConfigurationError, match=message), extracted_archive(path):
        pytest.fail("it was unpacked")
    assert os.listdir(temporary) == []


class TestConfig:
    """It is read from the archive, and nothing is unpacked."""

    @pytest.mark.parametrize("name", ["config.json", "./config.json"])
    def test_of_an_archive(self, tmp_path, temporary, name):
        members = [member("vocabulary", tarfile.DIRTYPE), member(name)]
        assert archive_config(pack(tmp_path / "model.tar.gz", *members)) == {}
        assert os.listdir(temporary) == []

    def test_of_a_bad_archive(self, bad_archive):
        with pytest.raises(ConfigurationError, match="nothing was unpacked"):
            archive_config(bad_archive)

    def test_of_a_folder(self, tmp_path):
        (tmp_path / "config.json").write_text('{"model": {"type": "x"}}', encoding="utf-8")
        assert archive_config(str(tmp_path)) == {"model": {"type": "x"}}

    def test_none(self, tmp_path):
        for path in (tmp_path, pack(tmp_path / "model.tar.gz", member("weights.th"))):
            with pytest.raises(ConfigurationError, match=rf"{path} has no config\.json\. Name a"):
                archive_config(path)


COMMANDS = {
    "predict": ["predict", "{}", TREES, "--use-dataset-reader", "--silent"],
    "evaluate": ["evaluate", "{}", TREES],
    "compare-archives": ["compare-archives", "{}", "{}-seed-2.tar.gz", TREES, "-s", "{}.report"],
    "explain-gradient": [
        "explain-gradient",
        "{}",
        TREES,
        "--sentence",
        "1",
        "--word",
        "1",
        "-o",
        "page",
    ],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_by_every_command(command, tmp_path, temporary):
    archive = pack(tmp_path / "model.tar.gz", *GOOD, BAD["above"])
    arguments = [str(argument).replace("{}", str(archive)) for argument in COMMANDS[command]]
    with pytest.raises(ConfigurationError, match=r"member '\.\./evil' would be written outside"):
        allennlp(*arguments)
    assert os.listdir(temporary) == []


def test_by_the_initializer(tmp_path, temporary):
    archive = pack(tmp_path / "model.tar.gz", *GOOD, BAD["symbolic link"])
    params = Params({"type": "trained_model", "archive_file": str(archive)})
    with pytest.raises(ConfigurationError, match="member 'vocabulary/link' is a link"):
        Initializer.from_params(params, vocab=Vocabulary())
    assert os.listdir(temporary) == []


class Program:
    """What runs when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (os.mkdir, (str(self.path),))


@pytest.fixture(params=["weights_only", "restricted pickle"])
def way(request, monkeypatch):
    """With the torch that is here, and as with torch 1.12."""
    if request.param == "restricted pickle":
        monkeypatch.setattr(archives, "_HAS_WEIGHTS_ONLY", False)
        # Which would be the default otherwise, and exclude a pickle module.
        monkeypatch.delenv("TORCH_FORCE_WEIGHTS_ONLY_LOAD", raising=False)


@pytest.mark.usefixtures("way")
class TestWeights:
    def test_a_state_dict(self, tmp_path):
        module = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
        state = module.state_dict()
        for dtype in (torch.half, torch.bfloat16, torch.double, torch.bool, torch.uint8):
            state[str(dtype)] = torch.ones(2, 3).to(dtype).t()
        state["parameter"] = torch.nn.Parameter(torch.rand(2))
        torch.save(state, tmp_path / "weights.th")
        loaded = load_tensors(tmp_path / "weights.th")
        assert type(loaded) is OrderedDict and loaded.keys() == state.keys()
        for name, value in state.items():
            assert loaded[name].dtype == value.dtype and torch.equal(loaded[name], value), name

    @pytest.mark.parametrize("where", ["in the dict", "in place of it"])
    def test_a_program_is_not_run(self, tmp_path, where):
        path, victim = tmp_path / "weights.th", tmp_path / "victim"
        program = Program(victim)
        torch.save({"a": torch.ones(1), "b": program} if where == "in the dict" else program, path)
        with pytest.raises(ConfigurationError, match=r"weights\.th holds something else"):
            load_tensors(path)
        assert not victim.exists()

    @pytest.mark.parametrize("name", ["os.system", "torch.hub.load", "torch._utils._import_dotted"])
    def test_other_functions_are_not_found(self, tmp_path, name):
        module, function = name.rsplit(".", 1)
        content = f"c{module}\n{function}\n.".encode()
        torch.save({}, tmp_path / "good.th")
        rewrite(tmp_path / "good.th", tmp_path / "weights.th", content)
        with pytest.raises(ConfigurationError, match=r"weights\.th holds something else"):
            load_tensors(tmp_path / "weights.th")

    @pytest.mark.parametrize("kind", ["pickle", "old", "script", "text"])
    def test_other_kinds_of_files(self, tmp_path, kind):
        path, victim = tmp_path / "weights.th", tmp_path / "victim"
        if kind == "pickle":
            path.write_bytes(pickle.dumps(Program(victim)))
        elif kind == "old":
            torch.save(Program(victim), path, _use_new_zipfile_serialization=False)
        elif kind == "script":
            torch.jit.save(torch.jit.script(torch.nn.Linear(1, 1)), str(path))
        else:
            path.write_text("PK\x03\x04text", encoding="utf-8")
        with pytest.raises(ConfigurationError, match=r"weights\.th holds something else"):
            load_tensors(path)
        assert not victim.exists()


def rewrite(source, target, pickled):
    """A copy of a file of torch with another pickle in it."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as new:
        for name in old.namelist():
            new.writestr(name, pickled if name.endswith("data.pkl") else old.read(name))


def test_allennlp_loads_models_so(tmp_path):
    victim = tmp_path / "victim"
    torch.save({"a": Program(victim)}, tmp_path / "weights.th")
    with pytest.raises(ConfigurationError, match="holds something else than the weights"):
        nn_util.read_state_dict(tmp_path / "weights.th")
    assert not victim.exists()


@pytest.mark.parametrize("options", [{}, {"strip_prefix": "a."}])
def test_allennlp_gets_what_it_asks_for(tmp_path, options, monkeypatch):
    state = {"a.x": torch.rand(2), "a.y": torch.rand(3)}
    torch.save(state, tmp_path / "weights.th")
    loads, load = [], torch.load
    monkeypatch.setattr(torch, "load", lambda *a, **b: loads.append(a) or load(*a, **b))
    found = nn_util.read_state_dict(tmp_path / "weights.th", **options)
    prefix = options.get("strip_prefix", "")
    assert {prefix + name for name in found} == set(state)
    assert all(torch.equal(value, state[prefix + name]) for name, value in found.items())
    # A model is large.
    assert len(loads) == 1 or options


def test_an_archive_with_a_program_for_weights(tmp_path):
    run, victim = tmp_path / "run", tmp_path / "victim"
    allennlp("train", FIXTURES_ROOT / "conll_parser.jsonnet", "-s", run, "-o", OVERRIDES)
    torch.save({"a": Program(victim)}, run / "best.th")
    with pytest.raises(ConfigurationError, match=r"best\.th holds something else"):
        load_archive(str(run))
    assert not victim.exists()


OVERRIDES = '{"trainer.num_epochs": 1}'

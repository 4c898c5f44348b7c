"""An archive in half precision is half as large, and loads as any other."""

import os

import pytest
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.models.archival import load_archive

from spigot_allennlp.training import half_precision, write_half_precision
from spigot_allennlp.training.archives import extracted_archive, load_tensors
from spigot_allennlp.training.half_precision import halved
from tests import FIXTURES_ROOT
from tests.commands.cli import allennlp


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    run = tmp_path_factory.mktemp("half") / "run"
    config = FIXTURES_ROOT / "conll_parser.jsonnet"
    allennlp("train", config, "-s", run, "-o", '{"trainer.num_epochs": 1}')
    return run / "model.tar.gz"


def test_weights_are_rounded_and_all_else_is_the_same(archive, tmp_path):
    write_half_precision(archive, tmp_path / "small.tar.gz")
    old, new = load_archive(archive), load_archive(tmp_path / "small.tar.gz")
    expected, found = old.model.state_dict(), new.model.state_dict()
    assert expected.keys() == found.keys()
    for name, value in expected.items():
        assert found[name].dtype == value.dtype, name
        torch.testing.assert_close(found[name], value, rtol=2**-11, atol=2**-25, msg=name)
    assert any(not torch.equal(found[name], value) for name, value in expected.items())
    assert new.config.as_dict() == old.config.as_dict()
    assert new.meta == old.meta
    with extracted_archive(archive) as before, extracted_archive(
        tmp_path / "small.tar.gz"
    ) as after:
        assert sorted(os.listdir(after)) == sorted(os.listdir(before))
        stored = load_tensors(os.path.join(after, "weights.th"))
    assert {value.dtype for value in stored.values() if value.is_floating_point()} == {torch.half}


def test_the_same_bytes_each_time(archive, tmp_path):
    for name in ("one", "two"):
        write_half_precision(archive, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    # Once more changes nothing, and may be done in place.
    write_half_precision(tmp_path / "one", tmp_path / "one")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert sorted(os.listdir(tmp_path)) == ["one", "two"]


def test_a_folder(archive, tmp_path, monkeypatch):
    message = r"is a folder\. Name the archive in it, such as .*/model\.tar\.gz\."
    with pytest.raises(ConfigurationError, match=message):
        write_half_precision(archive.parent, tmp_path / "small.tar.gz")
    # A model of the hub may be one as well.
    with monkeypatch.context() as patch:
        patch.setattr(half_precision, "cached_path", lambda name: archive.parent)
        with pytest.raises(ConfigurationError, match=f"^hf://someone/parser {message}"):
            write_half_precision("hf://someone/parser", tmp_path / "small.tar.gz")
    assert os.listdir(tmp_path) == []
    with pytest.raises(ConfigurationError, match=f"^{tmp_path} is a folder. Name the archive to"):
        write_half_precision(archive, tmp_path)


def test_the_folder_of_the_output_is_made(archive, tmp_path):
    write_half_precision(archive, tmp_path / "new" / "small.tar.gz")
    assert os.listdir(tmp_path / "new") == ["small.tar.gz"]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_what_half_precision_can_hold(dtype):
    value = torch.tensor([0.1, -3.0, 65504.0, float("inf"), float("nan")], dtype=dtype)
    assert halved(value).dtype == torch.half
    torch.testing.assert_close(halved(value).to(dtype), value, rtol=2**-11, atol=0, equal_nan=True)


@pytest.mark.parametrize(
    "value", [torch.tensor([70000.0, 1.0]), torch.tensor([1, 2]), torch.tensor([True])]
)
def test_what_it_cannot_hold_stays(value):
    assert halved(value) is value

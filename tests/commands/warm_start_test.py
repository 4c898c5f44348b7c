"""A parser is trained alone, and a pipeline starts from it."""

import json
import shutil

import pytest
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.models import load_archive

from tests import FIXTURES_ROOT
from tests.commands.cli import (
    GRAPHS,
    allennlp,
    bare_allennlp,
    read_json,
    read_json_lines,
    write_json_lines,
)

CONFIG = FIXTURES_ROOT / "sdp_frozen.jsonnet"
ARCHIVE_KEY = "model.intermediate.initializer.regexes.0.1.archive_file"
UNSEEN = {"tokens": ["Snow", "seldom", "danced", "too", "."], "pos": ["NN", "RB", "XX", "RB", "."]}
SCORER = "_arc_scorer._modifier.weight"


def train(run, parser, **overrides):
    overrides = {ARCHIVE_KEY: str(parser), **overrides}
    allennlp("train", CONFIG, "-s", run, "-o", json.dumps(overrides))


def known_vocabulary(parser):
    """Nothing that the parser knows is forgotten."""
    return {"vocabulary": {"type": "extend", "directory": str(parser)}}


@pytest.fixture(scope="module")
def frozen(tree_archive, tmp_path_factory):
    """The directory of a pipeline over a frozen parser, whose own archive is gone."""
    folder = tmp_path_factory.mktemp("frozen")
    parser = folder / "parser.tar.gz"
    shutil.copy(tree_archive, parser)
    corpus = folder / "graphs.sdpx"
    text = GRAPHS.read_text(encoding="utf-8")
    corpus.write_text(text.replace("Rain\t", "Hail\t"), encoding="utf-8")
    run = folder / "run"
    train(run, parser, train_data_path=str(corpus), **known_vocabulary(parser))
    parser.unlink()
    return run


def test_the_vocabularies_differ(frozen, tree_archive):
    before = load_archive(tree_archive).model.vocab
    after = load_archive(frozen / "model.tar.gz").model.vocab
    assert before.get_vocab_size("words") < after.get_vocab_size("words")


@pytest.fixture(scope="module")
def trees(tmp_path_factory):
    """The trees of the corpus of graphs, in a format that the parser alone reads."""
    path = tmp_path_factory.mktemp("corpus") / "trees.conllx"
    lines = []
    for line in GRAPHS.read_text(encoding="utf-8").splitlines():
        if line[:1].isdigit():
            number, form, lemma, pos, head, deprel = line.split("\t")[:6]
            line = "\t".join([number, form, lemma, pos, pos, "_", head, deprel, "_", "_"])
        lines.append(line)
    path.write_text("\n".join(line for line in lines if line[:1] != "#") + "\n", encoding="utf-8")
    return path


def test_the_parser_is_what_it_was(frozen, tree_archive, trees, tmp_path):
    allennlp("evaluate", tree_archive, trees, "--output-file", tmp_path / "before.json")
    allennlp("evaluate", frozen / "model.tar.gz", GRAPHS, "--output-file", tmp_path / "after.json")
    before, after = (read_json(tmp_path / f"{name}.json") for name in ("before", "after"))
    del before["loss"]
    assert "LAS" in before
    assert {key: after[key] for key in before} == before


def test_it_predicts_the_same_trees_for_any_text(frozen, tree_archive, tmp_path):
    sentences = write_json_lines(tmp_path / "in.jsonl", UNSEEN, {"sentence": "Hush; sing."})
    outputs = []
    for name, archive in [("before", tree_archive), ("after", frozen / "model.tar.gz")]:
        path = tmp_path / f"{name}.jsonl"
        allennlp("predict", archive, sentences, "--silent", "--output-file", path)
        outputs.append(read_json_lines(path))
    for before, after in zip(*outputs):
        assert {key: after[key] for key in before} == before
        assert "arcs" in after and "arcs" not in before


def test_it_has_no_dropout_in_training(frozen):
    metrics = [read_json(frozen / f"metrics_epoch_{epoch}.json") for epoch in range(2)]
    # Both epochs see the same sentences, but for one word.
    assert metrics[0]["training_UAS"] == metrics[1]["training_UAS"]
    assert metrics[0]["validation_UAS"] == metrics[1]["validation_UAS"]
    assert metrics[0]["training_loss"] != metrics[1]["training_loss"]
    assert "training_gradient_norm" not in metrics[0]


def test_only_the_end_task_is_trained(frozen):
    first, second = (torch.load(frozen / f"model_state_e{epoch}_b0.th") for epoch in (1, 2))
    changed = {name for name, value in first.items() if not torch.equal(value, second[name])}
    assert f"_downstream.{SCORER}" in changed
    assert not any(name.startswith("_intermediate.") for name in changed)


@pytest.mark.parametrize("vocabulary", ["extended", "new"])
def test_joint_training_goes_on_from_the_parser(tree_archive, tmp_path, vocabulary):
    overrides = {
        "model.estimator": {"type": "spigot"},
        "model.intermediate_loss_weight": 1.0,
        "trainer.no_grad": [],
        "trainer.num_epochs": 1,
        "trainer.optimizer.lr": 1e-7,
    }
    if vocabulary == "extended":
        overrides.update(known_vocabulary(tree_archive))
    train(tmp_path / "run", tree_archive, **overrides)
    parser = dict(load_archive(tree_archive).model.named_parameters())
    after = dict(load_archive(tmp_path / "run" / "model.tar.gz").model.named_parameters())
    assert not torch.equal(after[f"_intermediate.{SCORER}"], parser[SCORER])
    torch.testing.assert_close(after[f"_intermediate.{SCORER}"], parser[SCORER], atol=1e-5, rtol=0)


def test_without_the_archive_it_says_what_to_run(tmp_path):
    # In a folder where nothing was trained.
    config = FIXTURES_ROOT.parent.parent / "training_configs" / "sdp_frozen.jsonnet"
    data = {"train_data_path": str(GRAPHS), "validation_data_path": str(GRAPHS)}
    message = r"no archive runs/conll_parser/model\.tar\.gz.*allennlp train .*-s runs/conll_parser`"
    with pytest.raises(ConfigurationError, match=message):
        bare_allennlp("train", config, "-s", "run", "-o", json.dumps(data), folder=tmp_path)

"""What needs a process of its own: the plugins file, exit codes, distributed training."""

import json
import socket
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
import torch
import torch.multiprocessing as mp
from allennlp.common import Params
from allennlp.models import load_archive

from tests import FIXTURES_ROOT, PROJECT_ROOT
from tests.commands.cli import GRAPHS, allennlp, read_json, read_json_lines
from tests.commands.process import run_allennlp
from tests.prepared import run_prepared, start_method


def test_plugins_file_and_standard_input(archive, tmp_path):
    plugins = (PROJECT_ROOT / ".allennlp_plugins").read_text(encoding="utf-8")
    (tmp_path / ".allennlp_plugins").write_text(plugins, encoding="utf-8")
    result = run_allennlp(
        *("predict", archive, "-", "--silent", "--output-file", "out.jsonl"),
        folder=tmp_path,
        stdin='{"sentence": "Thanks."}\n',
    )
    assert result.returncode == 0, result.stderr
    assert read_json_lines(tmp_path / "out.jsonl")[0]["words"] == ["Thanks", "."]


def test_a_bad_file_ends_the_process_with_the_message(archive, tmp_path):
    text = (FIXTURES_ROOT / "graphs.sdp").read_text(encoding="utf-8")
    (tmp_path / "bad.sdp").write_text(text.replace("4\tshe", "four\tshe"), encoding="utf-8")
    result = run_prepared(
        *("-m", "allennlp", "evaluate", archive, "bad.sdp"),
        *("--include-package", "spigot_allennlp"),
        folder=tmp_path,
    )
    assert result.returncode != 0
    last_line = result.stderr.rstrip().splitlines()[-1]
    assert "FormatError: bad.sdp, line 6: " in last_line
    assert "four" in last_line


@pytest.mark.slow
def test_two_processes_are_one_with_batches_of_both(learner, tmp_path):
    """
    One step from a model that has learned something: the same weights, whose gradients SPIGOT has
    made in two processes, and the same counts of everything that is counted.
    """
    shipped = Params.from_file(PROJECT_ROOT / "training_configs" / "sdp_spigot_distributed.jsonnet")
    weights = {"type": "pretrained", "weights_file_path": str(learner / "best.th")}
    overrides = {
        "model.initializer": {"regexes": [[".*", weights]]},
        "model.intermediate.sentence_encoder.word_dropout": None,
        "model.downstream.sentence_encoder.word_dropout": None,
        "trainer.optimizer": {"type": "sgd", "lr": 0.1},
        "trainer.num_epochs": 1,
    }
    runs = {
        "two": {"distributed": shipped["distributed"].as_dict(), "data_loader.batch_size": 3},
        "one": {"data_loader.batch_size": 6},
    }
    for name, of_run in runs.items():
        allennlp(
            *("train", FIXTURES_ROOT / "learner.jsonnet", "-s", tmp_path / name),
            *("-o", json.dumps({**overrides, **of_run})),
        )
    two, one = (torch.load(tmp_path / name / "best.th") for name in ("two", "one"))
    before = torch.load(learner / "best.th")
    for name, value in one.items():
        torch.testing.assert_close(two[name], value)
    changed = {name for name, value in one.items() if not torch.equal(value, before[name])}
    model = load_archive(tmp_path / "one" / "model.tar.gz").model
    assert changed == {name for name, p in model.named_parameters() if p.requires_grad}

    two, one = (read_json(tmp_path / name / "metrics.json") for name in ("two", "one"))
    names = [name for name in one if name.startswith(("training_", "validation_"))]
    names = [name for name in names if not name.endswith(("_duration", "_memory_MB"))]
    inexact = [
        name for name in names if name.endswith(("loss", "gradient_norm", "spread", "margin"))
    ]
    expected = {name: one[name] for name in inexact}
    assert {name: two[name] for name in inexact} == pytest.approx(expected, rel=1e-3)
    for name in set(names) - set(inexact):
        assert two[name] == one[name], name
    assert 0.5 < two["validation_LF"] <= 1 and two["training_gold_outside"] == 1 / 6


@pytest.mark.slow
def test_two_processes_with_corpora_in_alternation(tmp_path, monkeypatch):
    """
    The gradient of a batch is that of some of the parameters; and other corpora end earlier. Names
    of parameters are those of one process: in patterns, and to the average.
    """
    start = partial(mp.start_processes, start_method=start_method())
    monkeypatch.setattr(mp, "spawn", start)
    config = FIXTURES_ROOT / "sdp_two_corpora.jsonnet"
    accelerator = {"type": "torch", "find_unused_parameters": True}
    distributed = {"cuda_devices": [-1, -1], "ddp_accelerator": accelerator}
    by_name = {
        "trainer.no_grad": [r"^_intermediate\..*_pos\.weight$"],
        "trainer.optimizer.parameter_groups": [[[r"^_intermediate\."], {}]],
        "trainer.moving_average": {"type": "exponential"},
    }
    allennlp(
        *("train", config, "-s", tmp_path / "run"),
        *("-o", json.dumps({"distributed": distributed, **by_name})),
    )
    model = load_archive(tmp_path / "run" / "model.tar.gz").model
    state = torch.load(max((tmp_path / "run").glob("training_state_*")), weights_only=False)
    of_parser, of_others = (len(each["params"]) for each in state["optimizer"]["param_groups"])
    trained = [name for name, value in model.named_parameters() if value.requires_grad]
    of_tags = "_intermediate._sentence_encoder._text_field_embedder.token_embedder_pos.weight"
    own = {name for name in trained if name.startswith("_intermediate.")} - {of_tags}
    assert (of_parser, of_others) == (len(own), len(trained) - len(own) - 1)
    trained = read_json(tmp_path / "run" / "metrics.json")
    assert {"training_UAS", "training_LF", "training_gradient_norm"} <= set(trained)
    archive, metrics = tmp_path / "run" / "model.tar.gz", tmp_path / "metrics.json"
    allennlp("evaluate", archive, GRAPHS, "--output-file", metrics)
    alone = read_json(metrics)
    # A mean over batches, of which each process has others.
    del alone["loss"]
    best = {name: trained[f"best_validation_{name}"] for name in alone}
    assert best == pytest.approx(alone, rel=1e-5)


@pytest.mark.slow
def test_two_machines(tmp_path):
    """Two programs that meet at an address, each with a process and a folder of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    distributed = {"cuda_devices": [-1], "num_nodes": 2}
    distributed.update({"primary_address": "127.0.0.1", "primary_port": port})
    overrides = {"distributed": distributed, "trainer.num_epochs": 1}
    folders = [tmp_path / "first", tmp_path / "second"]

    def train(rank):
        return run_prepared(
            *("-m", "allennlp", "train", FIXTURES_ROOT / "sdp_pipeline.jsonnet"),
            *("-s", folders[rank], "--node-rank", rank, "-o", json.dumps(overrides)),
            *("--include-package", "spigot_allennlp"),
        )

    with ThreadPoolExecutor(2) as programs:
        results = list(programs.map(train, range(2)))
    assert [result.returncode for result in results] == [0, 0], results[0].stderr
    weights = [torch.load(folder / "best.th") for folder in folders]
    for name, value in weights[0].items():
        torch.testing.assert_close(weights[1][name], value)
    metrics = [read_json(folder / "metrics.json") for folder in folders]
    assert metrics[0]["best_validation_loss"] == metrics[1]["best_validation_loss"]
    # The first one says where the model is and how to predict with it, when it is there.
    *_, where, command = results[0].stdout.splitlines()
    assert where == f"The model is {folders[0] / 'model.tar.gz'}. To predict with it:"
    assert command.startswith("allennlp predict ")
    assert "To predict with it" not in results[1].stdout
    assert not any((folder / ".trained").exists() for folder in folders)

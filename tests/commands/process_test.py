"""What needs a process of its own: the plugins file, exit codes, distributed training."""

import json
import os
import subprocess
import sys

import pytest

from tests import FIXTURES_ROOT, PROJECT_ROOT
from tests.commands.cli import GRAPHS, allennlp, read_json, read_json_lines


def run_allennlp(*arguments, folder, stdin=None):
    environment = {
        **os.environ,
        # The package need not be installed, and is not found by way of the folder.
        "PYTHONPATH": os.pathsep.join([str(PROJECT_ROOT), os.environ.get("PYTHONPATH", "")]),
        "OMP_NUM_THREADS": "1",
    }
    return subprocess.run(
        [sys.executable, "-m", "allennlp", *map(str, arguments)],
        cwd=folder,
        env=environment,
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


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
    result = run_allennlp(
        *("evaluate", archive, "bad.sdp", "--include-package", "spigot_allennlp"),
        folder=tmp_path,
    )
    assert result.returncode != 0
    last_line = result.stderr.rstrip().splitlines()[-1]
    assert "FormatError: bad.sdp, line 6: " in last_line
    assert "four" in last_line


@pytest.mark.slow
def test_two_processes(tmp_path):
    """Counts are those of both processes: one process says the same of the trained model."""
    overrides = {"distributed": {"cuda_devices": [-1, -1]}, "trainer.num_epochs": 1}
    result = run_allennlp(
        *("train", FIXTURES_ROOT / "sdp_pipeline.jsonnet", "-s", tmp_path / "run"),
        *("-o", json.dumps(overrides), "--include-package", "spigot_allennlp"),
        folder=PROJECT_ROOT,
    )
    assert result.returncode == 0, result.stderr
    trained = read_json(tmp_path / "run" / "metrics.json")
    assert trained["training_gradient_norm"] > 0
    allennlp(
        *("evaluate", tmp_path / "run" / "model.tar.gz", GRAPHS),
        *("--output-file", tmp_path / "metrics.json"),
    )
    metrics = read_json(tmp_path / "metrics.json")
    # A mean over the batches of each process.
    del metrics["loss"]
    assert metrics == {name: trained[f"validation_{name}"] for name in metrics}

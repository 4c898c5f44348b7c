"""`allennlp halve-archive`."""

import json

from tests.commands.cli import TREES, allennlp, read_json_lines


def test_the_model_predicts_the_same(tree_archive, tmp_path, capsys):
    small = tmp_path / "small.tar.gz"
    allennlp("halve-archive", tree_archive, small)
    assert capsys.readouterr().out == f"Written to {small} ({small.stat().st_size / 1e6:.1f} MB)\n"
    assert small.stat().st_size < tree_archive.stat().st_size
    outputs = []
    for archive in (tree_archive, small):
        output = tmp_path / f"{archive.name}.jsonl"
        allennlp(
            *("predict", archive, TREES, "--use-dataset-reader", "--silent"),
            *("--output-file", output),
            *("--predictor-args", json.dumps({"output_format": "json"})),
        )
        outputs.append(read_json_lines(output))
    assert outputs[0] and outputs[1] == outputs[0]

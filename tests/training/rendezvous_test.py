import json

import pytest
from allennlp.common import Params

from spigot_allennlp.training.rendezvous import take_rendezvous

THERE = {"cuda_devices": [0], "num_nodes": 2, "primary_address": "a", "primary_port": 1}


@pytest.mark.parametrize(
    ("there", "now", "expected"),
    [
        (
            THERE,
            {"cuda_devices": [1], "primary_address": "b", "primary_port": 2},
            {**THERE, "primary_address": "b", "primary_port": 2},
        ),
        (THERE, {"cuda_devices": [0]}, {"cuda_devices": [0], "num_nodes": 2}),
        ({"num_nodes": 2}, THERE, {"num_nodes": 2, "primary_address": "a", "primary_port": 1}),
        (None, THERE, None),
        (THERE, None, THERE),
    ],
)
def test_address_and_port_are_those_of_now(tmp_path, there, now, expected):
    """All else must be as it was, which is AllenNLP's to check."""
    (tmp_path / "config.json").write_text(json.dumps({"x": [1], "distributed": there}), "utf-8")
    params = Params({"x": [2]} if now is None else {"x": [2], "distributed": dict(now)})
    take_rendezvous(params, tmp_path)
    found = json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))
    assert found == {"x": [1], "distributed": expected}


@pytest.mark.parametrize("text", [None, '{"distributed": {"cu'])
def test_there_is_no_configuration(tmp_path, text):
    if text is not None:
        (tmp_path / "config.json").write_text(text, encoding="utf-8")
    take_rendezvous(Params({"distributed": dict(THERE)}), tmp_path)
    path = tmp_path / "config.json"
    assert (path.read_text(encoding="utf-8") if path.exists() else None) == text

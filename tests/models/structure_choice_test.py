"""The trees of a parser are chosen by one key of its configuration."""

import json

import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import Batch

from spigot_allennlp.structures import NonprojectiveTrees
from spigot_allennlp.structures.projections import SingleHead, TreePolytope
from tests import FIXTURES_ROOT
from tests.built import build

PIPELINE = "model.intermediate.structure"
CHOICE = {f"{PIPELINE}.type": "nonprojective_trees"}
EXACT = {**CHOICE, f"{PIPELINE}.projection": {"type": "tree_polytope"}}


def build_with(config, overrides):
    params = Params.from_file(FIXTURES_ROOT / f"{config}.jsonnet", json.dumps(overrides))
    torch.manual_seed(0)
    return build(params)


def tensors_of(model, instances):
    batch = Batch(instances)
    batch.index_instances(model.vocab)
    return batch.as_tensor_dict()


def test_the_parser_learns_crossing_arcs():
    model, reader, _ = build_with("conll_parser", {"model.structure.type": "nonprojective_trees"})
    assert type(model.structure) is NonprojectiveTrees and model.structure.single_root
    assert isinstance(model.structure.projection, SingleHead)
    crossing = reader.text_to_instance(
        words=["She", "sings", "and", "runs"], heads=[3, 4, 0, 3], deprels=["det"] * 4
    )
    reader.apply_token_indexers(crossing)
    tensors = tensors_of(model, [crossing])
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    # Without word dropout, which would leave the outcome to chance.
    model.eval()
    for _ in range(100):
        optimizer.zero_grad()
        model(**tensors)["loss"].backward()
        optimizer.step()
    model.get_metrics(reset=True)
    output = model.make_output_human_readable(model(**tensors))
    assert output["heads"] == [[3, 4, 0, 3]]
    metrics = model.get_metrics(reset=True)
    assert metrics["gold_outside"] == 0.0 and metrics["UAS"] == 1.0


@pytest.mark.parametrize("choice, projection", [(CHOICE, SingleHead), (EXACT, TreePolytope)])
def test_the_pipeline_trains_through_it(choice, projection):
    model, _, instances = build_with(
        "sdp_pipeline", {**choice, "model.intermediate_loss_weight": 0.0}
    )
    structure = model._intermediate.structure
    assert type(structure) is NonprojectiveTrees and structure.single_root
    assert type(structure.projection) is projection
    model(**tensors_of(model, instances))["loss"].backward()
    gradients = [
        parameter.grad.abs().sum()
        for name, parameter in model.named_parameters()
        if name.startswith("_intermediate._arc_scorer._bilinear")
    ]
    assert gradients and all(gradient > 0 for gradient in gradients)


def test_labeled_graphs_are_no_trees():
    with pytest.raises(ConfigurationError, match="must be one of trees, such as projective_trees"):
        build_with("sdp_pipeline", {PIPELINE: "labeled_graphs"})

"""What holds a parser on a device that has no values, where waiting for one is an error."""

import json

import pytest
from allennlp.common import Params

from tests import FIXTURES_ROOT
from tests.holding.conftest import CORPORA, warm_start
from tests.holding.pipelines_test import ALL
from tests.models.devices_test import (
    copies_without_values,  # noqa: F401  a fixture
    needs_meta,
    run,
)


@needs_meta
@pytest.mark.parametrize("estimator", ["spigot", "structured_attention"])
@pytest.mark.parametrize("name", CORPORA)
def test_all_that_holds_a_parser(name, estimator, archives, request):
    request.getfixturevalue("copies_without_values")
    overrides = {
        **warm_start(archives[name]),
        **ALL,
        "model.estimator": {"type": estimator},
    }
    if name == "sst_pipeline":
        overrides["model.intermediate.deterministic_labels"] = False
    run(Params.from_file(FIXTURES_ROOT / f"{name}.jsonnet", json.dumps(overrides)))

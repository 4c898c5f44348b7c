"""Models trained by the command line, shared by the tests of a process."""

import pytest

from tests import FIXTURES_ROOT
from tests.commands.cli import allennlp


@pytest.fixture(scope="session")
def learner(tmp_path_factory):
    """The directory of a pipeline that knows most of the fixture by heart."""
    run = tmp_path_factory.mktemp("learner") / "run"
    allennlp("train", FIXTURES_ROOT / "learner.jsonnet", "-s", run)
    return run


@pytest.fixture(scope="session")
def archive(learner):
    return learner / "model.tar.gz"


@pytest.fixture(scope="session")
def tree_archive(tmp_path_factory):
    """The archive of a syntactic parser."""
    run = tmp_path_factory.mktemp("trees") / "run"
    allennlp("train", FIXTURES_ROOT / "conll_parser.jsonnet", "-s", run)
    return run / "model.tar.gz"

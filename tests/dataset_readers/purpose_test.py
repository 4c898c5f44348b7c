"""What readers are made for: `allennlp train` and what it trained leave out different things."""

import pickle

import pytest
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader
from allennlp.data.dataset_readers import MultiTaskDatasetReader
from allennlp.training.util import data_loaders_from_params

from spigot_allennlp.dataset_readers import SdpReader, SstReader
from spigot_allennlp.dataset_readers.purpose import Purpose, given_purpose
from spigot_allennlp.dataset_readers.sentence_reader import reader_for
from tests import FIXTURES_ROOT

GRAPHS = FIXTURES_ROOT / "graphs.sdpx"
SENTIMENT = FIXTURES_ROOT / "sentiment_trees.txt"
FILTERS = {"drop_without_arcs": True, "nonprojective": "drop", "max_instances": 3}


def heads(reader):
    return [list(instance["heads"].labels) for instance in reader.read(GRAPHS)]


@pytest.mark.parametrize("weights", ["weights.th", "best.th", None])
@pytest.mark.parametrize("local_rank", [None, 0, 1])
def test_the_purpose_is_told_by_what_allennlp_gives(weights, local_rank, tmp_path):
    assert given_purpose(None, local_rank) is Purpose.TRAINING
    if weights is not None:
        (tmp_path / weights).touch()
    trained = weights is not None and local_rank is None
    expected = Purpose.EVALUATION if trained else Purpose.TRAINING
    assert given_purpose(str(tmp_path), local_rank) is expected


@pytest.mark.parametrize(
    ("extras", "purpose"),
    [({}, Purpose.EVALUATION), ({"local_rank": 0}, Purpose.TRAINING)],
)
@pytest.mark.parametrize("reader_type", ["sdp", "conll_dependencies", "sst"])
def test_readers_of_configurations_get_it(extras, purpose, reader_type, tmp_path):
    (tmp_path / "weights.th").touch()
    params = {"type": "multitask", "readers": {"only": {"type": reader_type}}}
    reader = DatasetReader.from_params(Params(params), serialization_dir=str(tmp_path), **extras)
    assert reader.readers["only"].inner._purpose is purpose
    assert DatasetReader.from_params(Params({"type": reader_type}))._purpose is Purpose.TRAINING


def test_a_vocabulary_is_made_of_training_data(tmp_path):
    params = Params(
        {
            "dataset_reader": {"type": "sdp", **FILTERS},
            "data_loader": {"batch_size": 1},
            "train_data_path": str(GRAPHS),
        }
    )
    loaders = data_loaders_from_params(params, serialization_dir=str(tmp_path))
    assert len(list(loaders["train"].iter_instances())) == 3


def test_evaluation_reads_all_sentences_as_they_are():
    plain = heads(SdpReader())
    for options in (FILTERS, {"nonprojective": "projectivize", "max_tokens": 1}):
        reader = SdpReader(**options)
        other = reader_for(Purpose.EVALUATION, reader)
        assert heads(other) == heads(pickle.loads(pickle.dumps(other))) == plain
        assert reader.max_instances == options.get("max_instances")
    assert len(heads(SdpReader(**FILTERS))) == 3


def test_evaluation_counts_what_it_cannot_score(caplog):
    reader = reader_for(Purpose.EVALUATION, SstReader(granularity="2-class", use_subtrees=True))
    with caplog.at_level("INFO"):
        assert len(list(reader.read(SENTIMENT))) == 4
    assert "5 sentences: 2 negative, 2 positive; 1 neutral ones were left out." in caplog.text
    # Only training data is to be a single file.
    assert len(list(reader.read(FIXTURES_ROOT / "sentiment.txt"))) == 4


def test_evaluation_refuses_sentences_without_words():
    with pytest.raises(ConfigurationError, match="has no words"):
        reader_for(Purpose.EVALUATION, SdpReader()).text_to_instance([])


def test_readers_of_a_multitask_reader():
    reader = MultiTaskDatasetReader({"graphs": SdpReader(max_instances=1)})
    other = reader_for(Purpose.PREDICTION, reader)
    assert len(list(other.read(str(GRAPHS), force_task="graphs"))) == 6
    assert len(list(reader.read(str(GRAPHS), force_task="graphs"))) == 1

import json
import logging

import pytest
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.training.metrics import Metric
from hypothesis import given, settings
from hypothesis import strategies as st

from spigot_allennlp.metrics import AttachmentScores
from tests.metrics.distributed import run_in_two_processes

FIELDS = ["predicted_heads", "gold_heads", "predicted_deprels", "gold_deprels", "punctuation"]


def tensors(sentences):
    """Lists of (predicted head, gold head, predicted and gold deprel, punctuation) per word."""
    num_nodes = 1 + max(len(words) for words in sentences)
    mask = torch.zeros(len(sentences), num_nodes, dtype=torch.bool)
    columns = {name: torch.full((len(sentences), num_nodes), 7) for name in FIELDS}
    for row, words in enumerate(sentences):
        mask[row, : 1 + len(words)] = True
        for number, word in enumerate(words, start=1):
            for name, value in zip(FIELDS, word):
                columns[name][row, number] = int(value)
    columns["punctuation"] = columns["punctuation"].bool()
    columns["predicted_heads"][:, 0] = 8
    return {"mask": mask, **columns}


SENTENCES = [
    [(2, 2, 2, 2, False), (0, 0, 3, 3, False), (2, 2, 5, 4, False), (3, 2, 6, 6, True)],
    [(0, 0, 3, 3, False), (1, 1, 6, 6, True)],
]


def test_where_no_punctuation_is_known_all_words_count():
    """Whatever else is in the batch."""
    plain = [(head, gold, label, other, False) for head, gold, label, other, _ in SENTENCES[1]]
    together, apart = AttachmentScores(), AttachmentScores()
    together(**tensors([SENTENCES[0], plain]))
    apart(**tensors([SENTENCES[0]]))
    apart(**{**tensors([plain]), "punctuation": None})
    assert apart.get_metric() == together.get_metric()
    # The one wrong head is that of the punctuation.
    assert apart.get_metric()["UAS_without_punctuation"] == 1.0


def test_by_hand():
    metric = AttachmentScores()
    metric(**tensors(SENTENCES))
    assert metric.get_metric() == {
        "UAS": 5 / 6,
        "UEM": 1 / 2,
        "LAS": 4 / 6,
        "UAS_without_punctuation": 1.0,
        "LAS_without_punctuation": 3 / 4,
    }


def test_only_what_was_given_is_reported():
    given_tensors = tensors(SENTENCES)
    heads = {name: given_tensors[name] for name in ("predicted_heads", "gold_heads", "mask")}
    metric = AttachmentScores()
    assert metric.get_metric() == {}
    metric(**heads)
    assert set(metric.get_metric()) == {"UAS", "UEM"}
    metric(**heads, punctuation=given_tensors["punctuation"])
    assert set(metric.get_metric()) == {"UAS", "UEM", "UAS_without_punctuation"}
    metric(**given_tensors)
    # The words of the first two calls had no labels to be right or wrong.
    assert metric.get_metric()["LAS"] == 4 / 6
    assert metric.get_metric()["LAS_without_punctuation"] == 3 / 4
    with pytest.raises(ConfigurationError, match="both or neither"):
        metric(**heads, gold_deprels=given_tensors["gold_deprels"])


words = st.tuples(*[st.integers(0, 3)] * 2, *[st.integers(1, 3)] * 2, st.booleans())
corpora = st.lists(st.lists(words, min_size=1, max_size=6), min_size=1, max_size=5)


def brute_force(sentences):
    def share(marks):
        return sum(marks) / len(marks) if marks else 0.0

    flat = [word for sentence in sentences for word in sentence]
    head = [(p, h == g) for h, g, _, _, p in flat]
    label = [(p, h == g and x == y and y != 1) for h, g, x, y, p in flat]
    return {
        "UAS": share([right for _, right in head]),
        "LAS": share([right for _, right in label]),
        "UAS_without_punctuation": share([right for p, right in head if not p]),
        "LAS_without_punctuation": share([right for p, right in label if not p]),
        "UEM": share([all(word[0] == word[1] for word in sentence) for sentence in sentences]),
    }


@settings(deadline=None, max_examples=200)
@given(corpora)
def test_equals_brute_force_in_a_batch_and_one_by_one(sentences):
    metric = AttachmentScores()
    metric(**tensors(sentences))
    together = metric.get_metric(reset=True)
    assert together == brute_force(sentences)
    for sentence in sentences:
        metric(**tensors([sentence]))
    assert metric.get_metric() == together


def test_an_unknown_label_is_wrong_and_warned_about_once(caplog):
    metric = AttachmentScores()
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            metric(**tensors([[(0, 0, 1, 1, False)]]))
            scores = metric.get_metric(reset=True)
    assert (scores["UAS"], scores["LAS"]) == (1.0, 0.0)
    assert len(caplog.records) == 1
    assert "1 words whose label did not occur in training" in caplog.text


def test_scores_are_plain_floats_and_reset_forgets():
    metric = AttachmentScores()
    metric(**tensors(SENTENCES))
    scores = metric.get_metric(reset=True)
    assert all(type(score) is float for score in scores.values())
    assert json.loads(json.dumps(scores)) == scores
    assert metric.get_metric() == {}


@pytest.mark.skipif(torch.__version__ < "2", reason="few operations on meta tensors before torch 2")
def test_a_call_does_not_wait_for_the_device():
    # Tensors of the meta device have no values: whatever asks for one fails.
    on_meta = {name: tensor.to("meta") for name, tensor in tensors(SENTENCES).items()}
    metric = AttachmentScores()
    metric(**on_meta)
    metric(**on_meta)
    with pytest.raises(Exception, match="meta"):
        metric.get_metric()


def test_wrong_shapes_are_refused():
    with pytest.raises(ConfigurationError, match=r"\(1, 2\), \(1, 3\), \(1, 3\), None"):
        AttachmentScores()(torch.zeros(1, 2), torch.zeros(1, 3), torch.ones(1, 3).bool())


def test_does_not_hide_the_metric_of_allennlp():
    assert Metric.by_name("tree_attachment_scores") is AttachmentScores
    assert Metric.by_name("attachment_scores") is not AttachmentScores


def check_process(global_rank, world_size, gpu_id, batches, wanted):
    metric = AttachmentScores()
    assert metric.get_metric() == {}
    # As often as it likes.
    for batch in batches if global_rank == 1 else []:
        metric(**batch)
    assert metric.get_metric() == wanted
    assert metric.get_metric(reset=True) == wanted
    assert metric.get_metric() == {}


def test_two_processes_equal_one():
    batches = [tensors([sentence]) for sentence in SENTENCES]
    metric = AttachmentScores()
    metric(**tensors(SENTENCES))
    run_in_two_processes(check_process, batches, metric.get_metric())

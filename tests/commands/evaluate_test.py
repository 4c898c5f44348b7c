"""`allennlp evaluate`: its numbers are those of the predictions."""

import gzip
import json

import pytest

from bilexical.formats.sdp import read_sdp
from tests.commands.cli import GRAPHS, TREES, allennlp, read_json, read_json_lines


def evaluate(archive, corpus, folder, *options):
    allennlp("evaluate", archive, corpus, "--output-file", folder / "metrics.json", *options)
    return read_json(folder / "metrics.json")


def predict(archive, corpus, folder):
    output, options = folder / "predictions.jsonl", '{"output_format": "json"}'
    allennlp(
        *("predict", archive, corpus, "--use-dataset-reader", "--predictor-args", options),
        *("--silent", "--output-file", output),
    )
    return read_json_lines(output)


def labeled_scores(corpus, predictions):
    """LP, LR and LF by hand, with the virtual arcs to top nodes."""
    gold, predicted = set(), set()
    for sentence, prediction in zip(read_sdp(str(corpus)), predictions):
        assert sentence.id == prediction["id"]
        words = enumerate(sentence.words, 1)
        gold |= {(sentence.id, n, 0, "TOP") for n, word in words if word.is_top}
        gold |= {(sentence.id, *arc) for arc in sentence.arcs}
        predicted |= {(sentence.id, n, 0, "TOP") for n in prediction["tops"]}
        arcs = prediction["arcs"]
        predicted |= {(sentence.id, a["modifier"], a["head"], a["label"]) for a in arcs}
    correct = len(gold & predicted)
    precision, recall = correct / len(predicted), correct / len(gold)
    return {
        "LP": precision,
        "LR": recall,
        "LF": 2 * precision * recall / (precision + recall),
    }


def attachment_scores(corpus, predictions):
    gold = [word for sentence in read_sdp(str(corpus)) for word in sentence.words]
    heads = [head for prediction in predictions for head in prediction["heads"]]
    deprels = [deprel for prediction in predictions for deprel in prediction["deprels"]]
    right = [word.head == head for word, head in zip(gold, heads)]
    labels = [word.deprel == deprel for word, deprel in zip(gold, deprels)]
    labeled = [a and b for a, b in zip(right, labels)]
    return {"UAS": sum(right) / len(gold), "LAS": sum(labeled) / len(gold)}


def test_repeats_the_validation_of_the_best_epoch(archive, learner, tmp_path):
    metrics = evaluate(archive, GRAPHS, tmp_path)
    trained = read_json(learner / "metrics.json")
    expected = {
        name[len("best_validation_") :]: value
        for name, value in trained.items()
        if name.startswith("best_validation_")
    }
    assert {"LF", "UF", "LM", "UAS", "LAS", "LF_without_tops", "loss"} <= set(metrics)
    assert metrics == pytest.approx(expected)


def test_equals_scores_of_the_predictions_by_hand(archive, tmp_path):
    metrics = evaluate(archive, GRAPHS, tmp_path)
    predictions = predict(archive, GRAPHS, tmp_path)
    by_hand = {**labeled_scores(GRAPHS, predictions), **attachment_scores(GRAPHS, predictions)}
    assert {name: metrics[name] for name in by_hand} == pytest.approx(by_hand)
    assert 0.5 < metrics["LF"] <= 1


def test_labels_unseen_in_training_are_wrong_with_one_warning(archive, tmp_path, caplog):
    text = GRAPHS.read_text(encoding="utf-8")
    num_arcs, num_words = text.count("ARG1"), text.count("nsubj")
    corpus = tmp_path / "unseen.sdpx"
    text = text.replace("ARG1", "ARG99").replace("nsubj", "nsubj:unseen")
    corpus.write_text(text, encoding="utf-8")
    metrics = evaluate(archive, corpus, tmp_path)
    messages = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    predictions = predict(archive, corpus, tmp_path)
    by_hand = {**labeled_scores(corpus, predictions), **attachment_scores(corpus, predictions)}
    assert {name: metrics[name] for name in by_hand} == pytest.approx(by_hand)
    # Only the labels are wrong.
    seen = evaluate(archive, GRAPHS, tmp_path)
    assert (metrics["UF"], metrics["UAS"]) == (seen["UF"], seen["UAS"])
    assert metrics["LF"] < seen["LF"] and metrics["LAS"] < seen["LAS"]
    unseen = [message for message in messages if "did not occur in training" in message]
    assert [message.split(" whose")[0] for message in unseen] == [
        f"The gold trees have {num_words} words",
        f"The gold graphs have {num_arcs} arcs",
    ]


@pytest.mark.parametrize(
    "options",
    [
        ["--batch-size", "1"],
        ["--batch-size", "6"],
        ["-o", '{"data_loader.num_workers": 2}'],
        ["-o", '{"data_loader": {"batch_sampler": {"type": "bucket", "batch_size": 4}}}'],
    ],
    ids=" ".join,
)
def test_batches_and_workers_do_not_matter(archive, tmp_path, options):
    expected = evaluate(archive, GRAPHS, tmp_path)
    metrics = evaluate(archive, GRAPHS, tmp_path, *options)
    # A mean over batches of different sizes.
    del metrics["loss"], expected["loss"]
    assert metrics == pytest.approx(expected)


def test_compressed_files(archive, tmp_path):
    compressed = tmp_path / "graphs.sdpx.gz"
    compressed.write_bytes(gzip.compress(GRAPHS.read_bytes()))
    assert evaluate(archive, compressed, tmp_path) == evaluate(archive, GRAPHS, tmp_path)


def test_several_files_at_once(archive, tmp_path):
    outputs = f"{tmp_path / 'a.json'},{tmp_path / 'b.json'}"
    allennlp("evaluate", archive, f"{GRAPHS},{GRAPHS}", "--output-file", outputs)
    assert read_json(tmp_path / "a.json") == read_json(tmp_path / "b.json")


def test_trees(tree_archive, tmp_path):
    metrics = evaluate(tree_archive, TREES, tmp_path)
    assert {"UAS", "LAS", "UAS_without_punctuation", "LAS_without_punctuation"} <= set(metrics)


def test_predictions_output_file(archive, tmp_path):
    output = tmp_path / "predictions.jsonl"
    evaluate(archive, GRAPHS, tmp_path, "--predictions-output-file", output)
    batches = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    arcs = [sentence for batch in batches for sentence in batch["arcs"]]
    assert arcs == [prediction["arcs"] for prediction in predict(archive, GRAPHS, tmp_path)]


def test_the_options_for_training_leave_out_nothing(archive, tmp_path, caplog):
    filters = {
        "drop_without_arcs": True,
        "nonprojective": "drop",
        "max_tokens": 1,
        "max_instances": 1,
    }
    overrides = json.dumps({f"dataset_reader.{name}": value for name, value in filters.items()})
    metrics = evaluate(archive, GRAPHS, tmp_path, "-o", overrides)
    assert metrics == evaluate(archive, GRAPHS, tmp_path)
    assert "dropped" not in caplog.text

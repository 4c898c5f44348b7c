"""Word vectors from a file: how many were found is logged, and nobody needs the file afterwards."""

import gzip
import json

import _jsonnet
import pytest
import torch
from allennlp.models import load_archive

from tests import FIXTURES_ROOT, PROJECT_ROOT
from tests.commands.cli import GRAPHS, allennlp, read_json, read_json_lines

PAPER = PROJECT_ROOT / "training_configs" / "sdp_spigot_paper.jsonnet"
WORDS = "sentence_encoder.text_field_embedder.token_embedders.words"
KEYS = [f"model.{parser}.{WORDS}.pretrained_file" for parser in ("intermediate", "downstream")]
COVERAGE = "INFO - allennlp.modules.token_embedders.embedding - Pretrained embeddings were found"

# Of these words the training data have three, in lower case as the vectors.
VECTORS = {"the": [0.5, -1.0, 2.0, 0.25], "cook": [1.0] * 4, "?": [3.0] * 4, "snow": [0.0] * 4}


def write_vectors(path):
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "wt", encoding="utf-8") as file:
        for word, vector in VECTORS.items():
            print(word, *vector, file=file)
    return path


@pytest.fixture(params=["vectors.txt", "vectors.txt.gz"])
def trained(request, tmp_path):
    vectors = write_vectors(tmp_path / request.param)
    overrides = {**dict.fromkeys(KEYS, str(vectors)), "trainer.num_epochs": 1}
    overrides["trainer.optimizer.lr"] = 1e-9
    config = FIXTURES_ROOT / "sdp_pipeline.jsonnet"
    allennlp("train", config, "-s", tmp_path / "run", "-o", json.dumps(overrides))
    vectors.unlink()
    return tmp_path / "run"


def test_coverage_is_logged_and_the_file_not_needed_again(trained, tmp_path):
    log = (trained / "out.log").read_text(encoding="utf-8")
    archive = trained / "model.tar.gz"
    model = load_archive(archive).model
    num_words = model.vocab.get_vocab_size("words")
    assert log.count(f"{COVERAGE} for 3 out of {num_words} tokens") == 2

    for parser in (model._intermediate, model._downstream):
        embedder = parser._sentence_encoder._text_field_embedder.token_embedder_words
        for word in ("the", "cook", "snow"):
            row = embedder.weight[model.vocab.get_token_index(word, "words")]
            torch.testing.assert_close(row, torch.tensor(VECTORS[word]), atol=1e-6, rtol=0)

    metrics, output = tmp_path / "metrics.json", tmp_path / "output.jsonl"
    allennlp("evaluate", archive, GRAPHS, "--output-file", metrics)
    assert "LF" in read_json(metrics)
    sentence = tmp_path / "in.jsonl"
    sentence.write_text('{"sentence": "The cook left."}\n', encoding="utf-8")
    allennlp("predict", archive, sentence, "--silent", "--output-file", output)
    assert read_json_lines(output)[0]["words"] == ["The", "cook", "left", "."]


def test_a_missing_file_is_named(tmp_path):
    overrides = dict.fromkeys(KEYS, str(tmp_path / "gone.txt"))
    config = FIXTURES_ROOT / "sdp_pipeline.jsonnet"
    with pytest.raises(FileNotFoundError, match=r"gone\.txt"):
        allennlp("train", config, "-s", tmp_path / "run", "-o", json.dumps(overrides))


def test_the_paper_has_one_key_for_both_parsers():
    text = f"(import '{PAPER}') {{ glove:: 'vectors.txt' }}"
    config = json.loads(_jsonnet.evaluate_snippet("", text))
    for key in KEYS:
        value = config
        for part in key.split("."):
            value = value[part]
        assert value == "vectors.txt"
    assert "glove" not in config
    assert "vectors.txt" not in _jsonnet.evaluate_file(str(PAPER))

"""Words are dropped at the rate of the formula, in training and nowhere else."""

import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary

from spigot_allennlp.modules import WordDropout

COUNTS = {"@root@": 50, "once": 1, "thrice": 3, "often": 40}
UNKNOWN = 1


@pytest.fixture
def vocab():
    return Vocabulary(counter={"words": dict(COUNTS), "pos": {"@root@": 50, "NN": 9, "VB": 8}})


def index(vocab, words, namespace="words"):
    return torch.tensor([[vocab.get_token_index(word, namespace) for word in words]])


def text(vocab, words=("once", "thrice", "often", "never"), num_padding=2, batch_size=1):
    """ROOT, the words and padding, `batch_size` times, with the indexers `words` and `pos`."""
    padding = torch.zeros(1, num_padding, dtype=torch.long)
    rows = [index(vocab, ["@root@", *words]), index(vocab, ["@root@"] + ["NN"] * len(words), "pos")]
    words_row, pos_row = (torch.cat([row, padding], dim=1).repeat(batch_size, 1) for row in rows)
    return {"words": {"tokens": words_row}, "pos": {"tokens": pos_row}}


def unknown(tokens, name="words"):
    return tokens[name]["tokens"] == UNKNOWN


@pytest.mark.parametrize("alpha", [0.25, 2.0])
def test_rates(vocab, alpha):
    torch.manual_seed(0)
    draws = 20000
    dropped = unknown(WordDropout(vocab, alpha)(text(vocab, batch_size=draws)))
    for position, word in enumerate(["once", "thrice", "often"], 1):
        expected = alpha / (COUNTS[word] + alpha)
        # Four standard deviations.
        tolerance = 4 * (expected * (1 - expected) / draws) ** 0.5
        rate = dropped[:, position].float().mean().item()
        assert rate == pytest.approx(expected, abs=tolerance)


def test_words_are_dropped_independently(vocab):
    torch.manual_seed(0)
    tokens = text(vocab, ["once", "once"], batch_size=20000)
    dropped = unknown(WordDropout(vocab)(tokens))[:, 1:3].float()
    # 0.2 * 0.2, and four standard deviations.
    assert dropped.prod(dim=1).mean().item() == pytest.approx(0.04, abs=0.006)


def test_root_and_padding_stay(vocab):
    # With this alpha everything else goes.
    dropout = WordDropout(vocab, alpha=1e9, together_with=["pos"], missing={"pos": 1.0})
    tokens = text(vocab, batch_size=50)
    result = dropout(tokens)
    for name in ("words", "pos"):
        assert unknown(result, name)[:, 1:5].all()
        assert torch.equal(result[name]["tokens"][:, 0], tokens[name]["tokens"][:, 0])
        assert (result[name]["tokens"][:, 5:] == 0).all()


def test_nothing_is_dropped_in_evaluation(vocab):
    dropout = WordDropout(vocab, alpha=1e9, missing={"pos": 1.0}).eval()
    tokens = text(vocab)
    result = dropout(tokens)
    assert all(torch.equal(result[name]["tokens"], tokens[name]["tokens"]) for name in tokens)


def test_tokens_are_left_alone(vocab):
    dropout = WordDropout(vocab, alpha=1e9, together_with=["pos"], missing={"pos": 1.0})
    tokens = text(vocab)
    before = {name: value["tokens"].clone() for name, value in tokens.items()}
    dropout(tokens)
    assert set(tokens) == set(before)
    assert all(torch.equal(tokens[name]["tokens"], before[name]) for name in before)


def test_other_indexers_are_passed_on(vocab):
    tokens = text(vocab)
    tokens["characters"] = {"token_characters": torch.ones(1, 7, 4, dtype=torch.long)}
    assert WordDropout(vocab)(tokens)["characters"] is tokens["characters"]


def test_together_with_loses_the_same_tokens(vocab):
    torch.manual_seed(0)
    result = WordDropout(vocab, together_with=["pos"])(text(vocab, ["once"] * 3, batch_size=200))
    assert 0 < unknown(result).sum() < 600
    assert torch.equal(unknown(result, "pos"), unknown(result))
    alone = WordDropout(vocab)(text(vocab, ["once"] * 3, batch_size=200))
    assert not unknown(alone, "pos").any()


def test_missing_takes_whole_sentences(vocab):
    torch.manual_seed(0)
    draws = 20000
    tokens = text(vocab, batch_size=draws)
    gone = unknown(WordDropout(vocab, missing={"pos": 0.1})(tokens), "pos")[:, 1:5]
    assert torch.equal(gone.any(dim=1), gone.all(dim=1))
    assert gone[:, 0].float().mean().item() == pytest.approx(0.1, abs=4 * (0.09 / draws) ** 0.5)


def test_counts_are_saved_with_the_model(vocab, tmp_path):
    saved = WordDropout(vocab).state_dict()
    vocab.save_to_files(tmp_path / "vocabulary")
    loaded = WordDropout(Vocabulary.from_files(tmp_path / "vocabulary"))
    assert loaded.counts.sum() == 0
    loaded.load_state_dict(saved)
    for word, count in COUNTS.items():
        assert loaded.counts[vocab.get_token_index(word, "words")] == count
    torch.manual_seed(0)
    dropped = unknown(loaded(text(vocab, ["often"] * 4, batch_size=500)))[:, 1:5]
    assert dropped.float().mean() < 0.02


class TestVocabularyFromFiles:
    """Such a vocabulary has no counts."""

    @pytest.fixture
    def dropout(self, vocab, tmp_path):
        vocab.save_to_files(tmp_path / "vocabulary")
        return WordDropout(Vocabulary.from_files(tmp_path / "vocabulary"))

    def test_words_are_counted_as_they_come(self, dropout, vocab):
        once, often = (vocab.get_token_index(word, "words") for word in ("once", "often"))
        for _ in range(3):
            dropout(text(vocab, ["once", "often", "often"]))
        assert dropout.counts[once] == 3
        assert dropout.counts[often] == 6

    def test_a_frequent_word_is_kept(self, dropout, vocab):
        torch.manual_seed(0)
        dropout(text(vocab, ["often"] * 100, batch_size=100))
        tokens = text(vocab, ["often"] * 10, batch_size=100)
        assert unknown(dropout(tokens)).float().mean() < 0.001

    def test_evaluation_is_not_counted(self, dropout, vocab):
        dropout.eval()(text(vocab))
        assert dropout.counts.sum() == 0

    def test_training_says_so_once(self, dropout, vocab, caplog):
        for _ in range(3):
            dropout(text(vocab))
        assert sum("has no counts" in record.getMessage() for record in caplog.records) == 1

    def test_a_loaded_model_that_only_predicts_says_nothing(self, dropout, vocab, caplog):
        dropout.eval()(text(vocab))
        assert not caplog.records


@pytest.mark.parametrize(
    "options", [{"words": "tokens"}, {"together_with": ["lemmas"]}, {"missing": {"lemmas": 0.5}}]
)
def test_a_name_that_is_no_namespace(vocab, options):
    name = "tokens" if "words" in options else "lemmas"
    with pytest.raises(ConfigurationError, match=f"namespace '{name}'.*named alike"):
        WordDropout(vocab, **options)


def test_from_params(vocab):
    params = Params({"alpha": 0.5, "together_with": ["pos"], "missing": {"pos": 0.2}})
    torch.manual_seed(0)
    dropout = WordDropout.from_params(params, vocab=vocab)
    dropped = unknown(dropout(text(vocab, ["once"], batch_size=5000)))[:, 1]
    assert dropped.float().mean().item() == pytest.approx(1 / 3, abs=0.03)

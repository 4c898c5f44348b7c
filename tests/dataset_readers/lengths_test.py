"""Sentences of one word and of 500: read, put into one batch, parsed and written."""

import pytest
import torch
from allennlp.common import Params
from allennlp.data import Batch, DatasetReader, Vocabulary
from allennlp.models import Model
from allennlp.predictors import Predictor

from bilexical.formats.conll import format_conll
from bilexical.formats.conll09 import format_conll09
from bilexical.formats.sdp import format_sdp, read_sdp
from bilexical.formats.sentence import Arc, Sentence, Word
from tests import FIXTURES_ROOT

READERS = {
    "sdp": {"type": "sdp"},
    "sdp_augmented": {"type": "sdp"},
    "sdp_2014": {"type": "sdp"},
    "conllu": {"type": "conll_dependencies", "graph": "enhanced"},
    "conll09": {"type": "sdp"},
}


def long_sentence(num_words, name):
    """A tree whose depth is a third of its words, and the same as a graph."""
    words = []
    for number in range(1, num_words + 1):
        head = max(1, number - 1 - number % 3) if number > 1 else 0
        words.append(Word(f"w{number}", "w", "NN", head=head, deprel="dep", is_top=number == 1))
        words[-1].deps = f"{head}:{'dep' if head else 'root'}"
    arcs = [Arc(n, word.head, "dep") for n, word in enumerate(words, 1) if word.head]
    return Sentence(name, words, arcs)


SENTENCES = [long_sentence(500, "long"), long_sentence(1, "short")]


def text_of(layout):
    formats = {"conllu": format_conll, "conll09": format_conll09}
    write = formats.get(layout, lambda sentence: format_sdp(sentence, layout))
    return "".join(map(write, SENTENCES))


@pytest.mark.parametrize("layout", READERS)
def test_long_and_short_sentences_are_read(layout, tmp_path):
    path = tmp_path / "file"
    path.write_text(text_of(layout))
    long, short = DatasetReader.from_params(Params(dict(READERS[layout]))).read(path)
    assert [len(x["tokens"].tokens) for x in (long, short)] == [501, 2]
    arcs = [(arc.modifier, arc.head) for arc in SENTENCES[0].arcs]
    tops = [] if layout == "conll09" else [(1, 0)]
    assert sorted(long["graph"].indices) == sorted(arcs + tops)
    assert short["graph"].indices == tops


@pytest.mark.parametrize("trees", ["projective_trees", "nonprojective_trees"])
def test_a_pipeline_parses_and_learns_500_words_and_one(trees, tmp_path):
    config = Params.from_file(FIXTURES_ROOT / "sdp_pipeline.jsonnet").as_dict(quiet=True)
    config["model"]["intermediate"]["structure"]["type"] = trees
    reader = DatasetReader.from_params(Params({**config["dataset_reader"], "max_tokens": 500}))
    (tmp_path / "file").write_text(text_of("sdp_augmented"))
    instances = list(reader.read(tmp_path / "file"))
    vocabulary = Vocabulary.from_instances(instances)
    # Of so few rectified linear units, all may be off for these two sentences.
    torch.manual_seed(0)
    model = Model.from_params(vocab=vocabulary, params=Params(config["model"]))
    parser = Predictor.by_name("structured_parser")(model, reader)
    lines = [output["lines"] for output in parser.predict_batch_instance(instances)]
    (tmp_path / "out").write_text("".join(lines))
    long, short = read_sdp(tmp_path / "out")
    assert (len(long.words), len(short.words)) == (500, 1)
    assert short.words[0].head == 0

    batch = Batch(instances)
    batch.index_instances(vocabulary)
    model.train()
    model(**batch.as_tensor_dict())["loss"].backward()
    gradients = [p.grad for p in model.parameters() if p.requires_grad]
    assert all(torch.isfinite(gradient).all() for gradient in gradients)
    assert all(gradient.any() for gradient in gradients)

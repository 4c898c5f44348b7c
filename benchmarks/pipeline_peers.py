"""Peers of `pipeline.py` where they are installed: parsers of semantic graphs without syntax."""

import importlib
from typing import Any, Dict, Sequence

import torch
from allennlp.common import Params
from allennlp.data import DatasetReader
from allennlp.models import Model
from pipeline_programs import (
    PREDICTION_BATCH_SIZE,
    AllenNlpProgram,
    Corpus,
    Program,
    config,
    index,
)

from bilexical.formats.conversion import converted
from bilexical.formats.corpus_files import format_sentence
from bilexical.formats.enhanced import with_deps
from bilexical.formats.sdp import read_sdp


def graph_parser(name: str, corpus: Corpus, sizes: Dict[str, Any]) -> Program:
    """
    The `graph_parser` of allennlp-models over torch's LSTM, with its own reader and AllenNLP's
    predictor, which writes the probabilities of all arcs as JSON.

    Raises `ImportError` where allennlp-models is not installed.
    """
    importlib.import_module("allennlp_models.structured_prediction")
    indexers = {"tokens": {"type": "single_id", "lowercase_tokens": True}}
    reader = DatasetReader.from_params(
        Params(
            {
                "type": "semantic_dependencies",
                "skip_when_no_arcs": False,
                "token_indexers": indexers,
            }
        )
    )
    instances = list(reader.read(corpus.train))
    # Its labels have no unknown one, so that the vocabulary is AllenNLP's default, that of all
    # files.
    vocab = index(instances + list(reader.read(corpus.test)), reader)
    embedding = {"type": "embedding", "embedding_dim": sizes["words"]}
    model = Model.from_params(
        Params(
            {
                "type": "graph_parser",
                "text_field_embedder": {"token_embedders": {"tokens": embedding}},
                "pos_tag_embedding": {"embedding_dim": sizes["pos"], "vocab_namespace": "pos"},
                "encoder": {
                    "type": "lstm",
                    "input_size": sizes["words"] + sizes["pos"],
                    "hidden_size": sizes["hidden"],
                    "num_layers": sizes["layers"],
                    "dropout": sizes["dropout"],
                    "bidirectional": True,
                },
                "arc_representation_dim": sizes["scorer"],
                "tag_representation_dim": sizes["scorer"],
                "dropout": sizes["dropout"],
                "input_dropout": sizes["dropout"],
            }
        ),
        vocab=vocab,
    )
    trainer = config("sdp_no_syntax")["trainer"]
    return AllenNlpProgram(name, corpus, instances, reader, model, trainer)


class SuparProgram(Program):
    """
    SuPar's biaffine parser of semantic dependencies.

    Raises `ImportError` where SuPar is not installed.
    """

    def __init__(self, name: str, corpus: Corpus, sizes: Dict[str, Any]) -> None:
        supar = importlib.import_module("supar")
        data: Any = importlib.import_module("supar.utils.data")
        self._batch_type: Any = importlib.import_module("supar.utils.transform").Batch
        self.name = name
        self._folder = corpus.folder
        for path, part in ((corpus.train, "train"), (corpus.test, "test")):
            with open(self._path(part), "w", encoding="utf-8") as file:
                for number, sentence in enumerate(read_sdp(path), 1):
                    sentence = with_deps(converted(sentence, "conllu", number))
                    file.write(format_sentence(sentence, "conllu"))
        self._parser: Any = supar.BiaffineSemanticDependencyParser.build(
            str(corpus.folder / "supar.model"),
            train=self._path("train"),
            build=True,
            encoder="lstm",
            feat=["tag"],
            embed=None,
            min_freq=1,
            n_embed=sizes["words"],
            # Of vectors that are not given: no input of their own.
            n_pretrained=sizes["words"],
            n_feat_embed=sizes["pos"],
            embed_dropout=sizes["dropout"],
            n_lstm_hidden=sizes["hidden"],
            n_lstm_layers=sizes["layers"],
            encoder_dropout=sizes["dropout"],
            n_edge_mlp=sizes["scorer"],
            n_label_mlp=sizes["scorer"],
            clip=5.0,
            update_steps=1,
            verbose=False,
            prob=False,
        )
        self._parser.optimizer = torch.optim.Adam(self._parser.model.parameters(), 0.002)
        self._parser.scheduler = torch.optim.lr_scheduler.ExponentialLR(self._parser.optimizer, 1.0)
        self._parser.transform.train()
        self._sentences = data.Dataset(self._parser.transform, self._path("train"))
        self._parser.transform(self._sentences.sentences)
        mean_nodes = 1 + sum(corpus.test_lengths) / len(corpus.test_lengths)
        # SuPar counts words with ROOT.
        self._prediction_batch_size = round(PREDICTION_BATCH_SIZE * mean_nodes)

    def _path(self, part: str) -> str:
        return str(self._folder / f"supar.{part}.conllu")

    def step(self, batch: Sequence[int]) -> None:
        sentences = [self._sentences[index] for index in batch]
        self._parser._train([self._batch_type(sentences)])

    def predict(self) -> None:
        self._parser.predict(
            self._path("test"),
            self._path("predicted"),
            batch_size=self._prediction_batch_size,
            verbose=False,
        )


PEERS = {"allennlp-models graph_parser": graph_parser, "SuPar biaffine-sdp": SuparProgram}

"""Models that know the answer, or never do, and what `allennlp predict` writes with them."""

import torch
from allennlp.commands.predict import _PredictManager
from allennlp.data import Vocabulary
from allennlp.models import Model
from allennlp.predictors import Predictor

from spigot_allennlp.dataset_readers import SdpReader


class Oracle(Model):
    """Predicts `layers` as the corpus has them; a chain where it says nothing."""

    def __init__(self, layers):
        super().__init__(Vocabulary())
        self.weight = torch.nn.Parameter(torch.zeros(1))
        self._layers = layers

    def forward(self, tokens, metadata, **gold):
        return {"metadata": metadata, "loss": self.weight.sum()}

    def make_output_human_readable(self, output_dict):
        outputs = [self._predict(x["sentence"]) for x in output_dict["metadata"]]
        return {
            "loss": output_dict["loss"],
            **{layer: [output[layer] for output in outputs] for layer in self._layers},
        }

    @staticmethod
    def _predict(sentence):
        words = sentence.words
        if all(word.head is None for word in words):
            heads, deprels = list(range(len(words))), ["dep"] * len(words)
        else:
            heads, deprels = [w.head for w in words], [w.deprel or "_" for w in words]
        arcs = [a._asdict() for a in sentence.arcs or []]
        tops = [n for n, word in enumerate(words, 1) if word.is_top]
        if sentence.arcs is None:
            arcs = [{"head": 1, "modifier": n, "label": "ARG1"} for n in range(2, len(words) + 1)]
            tops = [1]
        return {"heads": heads, "deprels": deprels, "arcs": arcs, "tops": tops}


class Wrong(Oracle):
    """One arc, one top, and every word attached to ROOT."""

    @staticmethod
    def _predict(sentence):
        num_words = len(sentence.words)
        return {
            "heads": [0] * num_words,
            "deprels": ["odd"] * num_words,
            "arcs": [{"head": 2, "modifier": 1, "label": "ARG9"}] if num_words > 1 else [],
            "tops": [1],
        }


ALL = ("heads", "deprels", "arcs", "tops")


def predictor(layers=ALL, reader=None, **options):
    return Predictor.by_name("structured_parser")(Oracle(layers), reader or SdpReader(), **options)


def predict_file(tmp_path, text, batch_size=2, layers=ALL, reader=None, **options):
    """What `allennlp predict --use-dataset-reader --silent --output-file` writes."""
    source, target = tmp_path / "in.sdp", tmp_path / "out"
    source.write_text(text, encoding="utf-8")
    manager = _PredictManager(
        predictor(layers, reader, **options), str(source), str(target), batch_size, False, True
    )
    manager.run()
    return target.read_text(encoding="utf-8")


def predict_wrongly(tmp_path, text, layers, reader=None, **options):
    """The output for a file whose annotation is right."""
    (tmp_path / "in").write_text(text, encoding="utf-8")
    parser = Predictor.by_name("structured_parser")(Wrong(layers), reader or SdpReader(), **options)
    instances = list(parser._dataset_reader.read(tmp_path / "in"))
    return "".join(map(parser.dump_line, parser.predict_batch_instance(instances)))


def predict_lines(tmp_path, lines, batch_size=1, **options):
    """What `allennlp predict --silent --output-file` writes."""
    source, target = tmp_path / "in.jsonl", tmp_path / "out"
    source.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    manager = _PredictManager(
        predictor(**options), str(source), str(target), batch_size, False, False
    )
    manager.run()
    return target.read_text(encoding="utf-8")

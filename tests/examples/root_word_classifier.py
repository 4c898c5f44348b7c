"""A task: the class of a sentence from the words under ROOT, of a tree that nobody annotated."""

import torch
from allennlp.models import Model
from allennlp.training.metrics import CategoricalAccuracy
from overrides import overrides

from spigot_allennlp.modules import SentenceEncoder


@Model.register("root_word_classifier")
class RootWordClassifier(Model):
    def __init__(self, vocab, sentence_encoder: SentenceEncoder) -> None:
        super().__init__(vocab)
        self._encoder = sentence_encoder
        num_classes = vocab.get_vocab_size("labels")
        self._output = torch.nn.Linear(sentence_encoder.get_output_dim(), num_classes)
        self._accuracy = CategoricalAccuracy()

    @overrides(check_signature=False)
    def forward(self, tokens, parts, metadata=None, label=None):
        encoded, _ = self._encoder(tokens)
        # parts[b, m, 0] is 1 where ROOT is the head of m.
        logits = self._output((parts[:, :, 0].unsqueeze(-1) * encoded).sum(dim=1))
        output = {"probabilities": logits.softmax(dim=-1)}
        if label is not None:
            self._accuracy(logits, label)
            losses = torch.nn.functional.cross_entropy(logits, label, reduction="none")
            output["sentence_losses"] = losses
        return output

    @overrides(check_signature=False)
    def make_output_human_readable(self, output_dict):
        names = self.vocab.get_index_to_token_vocabulary("labels")
        best = output_dict["probabilities"].argmax(dim=-1).tolist()
        return {"label": [names[index] for index in best]}

    @overrides(check_signature=False)
    def get_metrics(self, reset=False):
        return {"accuracy": self._accuracy.get_metric(reset)}

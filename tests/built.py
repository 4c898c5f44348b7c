"""What a configuration describes, without training it."""

from allennlp.data import DatasetReader, Vocabulary
from allennlp.models import Model


def build(params):
    """The model, the reader and the training sentences of a configuration."""
    reader = DatasetReader.from_params(params["dataset_reader"])
    instances = list(reader.read(params["train_data_path"]))
    for instance in instances:
        reader.apply_token_indexers(instance)
    vocab = Vocabulary.from_instances(instances)
    return Model.from_params(vocab=vocab, params=params["model"]), reader, instances

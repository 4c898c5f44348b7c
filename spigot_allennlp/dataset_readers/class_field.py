from typing import Optional

from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary
from allennlp.data.fields import LabelField
from overrides import overrides


class ClassField(LabelField):
    """
    A `LabelField` that says where a class stands that a model does not know.

    # Parameters

    label : `str`
    source : `Optional[str]`, optional (default = `None`)
        The file and the line.
    """

    def __init__(self, label: str, source: Optional[str] = None) -> None:
        super().__init__(label)
        self._source = source

    @overrides
    def index(self, vocab: Vocabulary) -> None:
        known = vocab.get_token_to_index_vocabulary(self._label_namespace)
        if self.label not in known:
            raise ConfigurationError(
                f"{self._source or 'A sentence'} is {self.label!r}, but the classes of the "
                f"training data are {', '.join(known) or 'none'}. Read this file as "
                "the model was trained (of `sst`, the same granularity), or train with sentences "
                "of each class."
            )
        super().index(vocab)

import json
import logging
from functools import partial
from itertools import chain
from typing import Any, Iterable, Iterator, List, NamedTuple, Optional, Tuple

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.common.util import JsonDict
from allennlp.data import DatasetReader, Instance
from allennlp.models import Model
from allennlp.predictors import Predictor
from overrides import overrides

from bilexical.formats.corpus_files import COLUMN_FORMATS, format_sentence
from bilexical.formats.predictions import json_output, predicted_sentence, with_class
from bilexical.formats.sentence import Sentence
from spigot_allennlp.dataset_readers.purpose import Purpose
from spigot_allennlp.dataset_readers.sentence_reader import reader_for
from spigot_allennlp.nn import concurrency
from spigot_allennlp.nn.bfloat16 import compute_in_bfloat16
from spigot_allennlp.predictors.batches import batches_of
from spigot_allennlp.predictors.json_input import parse_object, sentence_from_json
from spigot_allennlp.predictors.missing_features import MissingFeatures
from spigot_allennlp.predictors.plain_values import plain
from spigot_allennlp.predictors.spacy_words import SpacyWords
from spigot_allennlp.predictors.threads import ahead, compute_threads

logger = logging.getLogger(__name__)


@Predictor.register("structured_parser")
class StructuredParserPredictor(Predictor):
    """
    Trees and graphs from raw text, from words, and from corpus files.

    A line of JSON input is `{"sentence": "Dogs bark."}` or `{"tokens": ["Dogs", "bark", "."]}`, the
    latter optionally with `pos`, `upos` and `lemmas`, each as long as `tokens`; both optionally
    with `id`. With `--use-dataset-reader` the input is any file that the model's reader reads.

    JSON output is `{"id", "words", "heads", "deprels", "arcs": [{"head", "modifier", "label"},
    ...], "tops"}` with those layers that the model predicts; words are numbered from 1 and 0 is
    ROOT. In file output the predictions replace the input's annotation, and all else stays as it
    was: ids, comments, lemmas, tags, and layers that the model does not predict. Senses (frames) go
    with the graph that they belong to. What a format has no column for is left out: trees in `sdp`
    and `sdp_2014`, graphs in `conllx`, top nodes in `conll09`. In `conllu` a predicted graph takes
    the place of the enhanced one: the column DEPS holds its arcs, with `0:root` for a top node, and
    there are no empty nodes; a predicted tree alone leaves that column empty.

    There is one output for each sentence, in order, whatever its annotation looks like: the
    reader's options for training do not hold here, and an annotation that is not sound is not read.
    A sentence without words has empty layers, and is counted in a warning.

    A line that cannot be understood ends the run with an error that shows it; what is predicted in
    earlier batches has been written.

    Registered as a `Predictor` with name "structured_parser".

    # Parameters

    model : `Model`
    dataset_reader : `DatasetReader`
    frozen : `bool`, optional (default = `True`)
        Whether the model is put into evaluation mode.
    spacy_model : `str`, optional (default = `None`)
        The installed spaCy pipeline that splits and tags raw text, or `blank:sv` or the like:
        spaCy's rules for that language split the text, and the words have no tags. Without it, the
        option of this name of the dataset reader decides, and otherwise it is `blank:en`.
    output_format : `str`, optional (default = `"auto"`)
        `json`, `sdp`, `sdp_augmented`, `sdp_2014`, `conllu`, `conllx` or `conll09`; with `auto`,
        JSON for JSON and for a file the format that it has.
    bfloat16 : `bool`, optional (default = `False`)
        Whether the weights of encoders and scorers are converted to bfloat16 and these compute in
        it, on a CPU that has it: see `compute_in_bfloat16`. The model is not fit for training then.
    """

    def __init__(
        self,
        model: Model,
        dataset_reader: DatasetReader,
        frozen: bool = True,
        spacy_model: Optional[str] = None,
        output_format: str = "auto",
        bfloat16: bool = False,
    ) -> None:
        super().__init__(model, reader_for(Purpose.PREDICTION, dataset_reader), frozen)
        choices = ("auto", "json", *COLUMN_FORMATS)
        if output_format not in choices:
            raise ConfigurationError(
                f"output_format must be one of {', '.join(choices)} but is {output_format!r}."
            )
        self.spacy_words = SpacyWords(spacy_model or getattr(dataset_reader, "spacy_model", None))
        self._output_format = output_format
        self._num_predicted = 0
        self._num_empty = 0
        self._missing_features = MissingFeatures(model)
        if bfloat16:
            compute_in_bfloat16(model, convert=True)

    @overrides
    def load_line(self, line: str) -> JsonDict:
        return parse_object(line)

    @overrides
    def dump_line(self, outputs: JsonDict) -> str:
        if "lines" in outputs:
            return outputs["lines"]
        return json.dumps(outputs, ensure_ascii=False) + "\n"

    @overrides
    def predict_instance(self, instance: Instance) -> JsonDict:
        """
        # Returns

        `JsonDict`
            What the class promises; in a file format its only key is `lines`.
        """
        return self.predict_batch_instance([instance])[0]

    @overrides
    def predict_batch_instance(self, instances: List[Instance]) -> List[JsonDict]:
        """
        Sentences of similar lengths, and with the same fields, are run together, in smaller
        batches, which changes nothing but the rounding of scores.
        """
        group = self._group(instances)
        results = map(partial(self._run, group), group.batches)
        return list(map(self._output, instances, self._in_order(group, results)))

    def predict_groups(self, groups: Iterable[List[Instance]]) -> Iterator[JsonDict]:
        """
        The outputs of all sentences in order, as `predict_batch_instance` gives them for each
        group. They are computed as `predicted_groups` says; an error of the model is raised after
        the outputs of the sentences that came before it.
        """
        for instance, predicted in self.predicted_groups(groups, keep_errors=True):
            if isinstance(predicted, Exception):
                raise predicted
            yield self._output(instance, predicted)

    def predicted_groups(
        self, groups: Iterable[List[Instance]], keep_errors: bool = False
    ) -> Iterator[Tuple[Instance, Any]]:
        """
        All sentences in order, each with what the model predicts for it: an empty dictionary if it
        has no words.

        On the CPU, where there are several threads, each of them runs batches of its own, while the
        caller's reads further groups and makes outputs of results. An error in reading is raised
        after the outputs of what was read before it.

        # Parameters

        groups : `Iterable[List[Instance]]`
            Sentences that may be put into batches with one another.
        keep_errors : `bool`, optional (default = `False`)
            Whether an error of the model, such as that it lacks memory, takes the place of what it
            predicts for a sentence. The others of the batch are then run one by one.
        """
        run = self._run_each if keep_errors else self._run
        num_threads = min(max(torch.get_num_threads(), concurrency.num_threads()), _MAX_THREADS)
        if num_threads == 1 or self.cuda_device >= 0:
            for instances in groups:
                group = self._group(instances)
                yield from zip(
                    instances, self._in_order(group, map(partial(run, group), group.batches))
                )
            return
        with compute_threads(num_threads) as threads:
            started = (
                (group, threads.map(partial(run, group), group.batches))
                for group in map(self._group, groups)
            )
            for group, results in ahead(started, number=2):
                yield from zip(group.instances, self._in_order(group, results))

    def _group(self, instances: List[Instance]) -> "_Group":
        inputs = [self._without_gold(instance) for instance in instances]
        batches = list(self._batches(inputs))
        for index in chain(*batches):
            self._dataset_reader.apply_token_indexers(inputs[index])
            self._missing_features.tell_unknown(inputs[index])
            # Not in threads: tokenizers may refuse to be used by several.
            inputs[index].index_fields(self._model.vocab)
        return _Group(instances, inputs, batches)

    def _run(self, group: "_Group", batch: List[int]) -> List[JsonDict]:
        inputs = [group.inputs[index] for index in batch]
        return plain(self._model.forward_on_instances(inputs))

    def _run_each(self, group: "_Group", batch: List[int]) -> List[Any]:
        try:
            return self._run(group, batch)
        except Exception as error:
            if len(batch) == 1:
                return [error]
            return [output for index in batch for output in self._run_each(group, [index])]

    @staticmethod
    def _in_order(group: "_Group", results: Iterable[List[JsonDict]]) -> List[JsonDict]:
        """What the batches of a group gave, by sentence."""
        outputs: List[JsonDict] = [{}] * len(group.instances)
        for batch, of_batch in zip(group.batches, results):
            for index, output in zip(batch, of_batch):
                outputs[index] = output
        return outputs

    def _batches(self, instances: List[Instance]) -> Iterator[List[int]]:
        max_nodes = _MAX_NODES if self.cuda_device < 0 else _MAX_NODES_ON_GPU
        return batches_of(instances, max_nodes)

    def _without_gold(self, instance: Instance) -> Instance:
        """The instance without its gold fields: only a loss needs them, and none is computed."""
        gold = getattr(self._model, "gold_fields", ())
        fields = {name: field for name, field in instance.fields.items() if name not in gold}
        return Instance(fields)

    @overrides
    def _json_to_instance(self, json_dict: JsonDict) -> Instance:
        return self.instance_of(sentence_from_json(json_dict, self.spacy_words))

    def instance_of(self, sentence: Sentence) -> Instance:
        """
        The instance of a sentence, of whose annotation it has the tags and lemmas. It is warned of
        once if the model reads some that are not there.
        """
        instance = self._dataset_reader.text_to_instance(
            words=[word.form for word in sentence.words],
            lemmas=_column(sentence, "lemma"),
            pos=_column(sentence, "pos"),
            upos=_column(sentence, "upos"),
            sentence=sentence,
        )
        if sentence.words:
            self._dataset_reader.apply_token_indexers(instance)
            self._missing_features.tell_missing(instance)
        return instance

    def _output(self, instance: Instance, outputs: JsonDict) -> JsonDict:
        field: Any = instance.fields["metadata"]
        sentence, own_format = field.metadata["sentence"], field.metadata["format"]
        self._num_predicted += 1
        if not sentence.words:
            self._num_empty += 1
            logger.warning(
                "Sentence %d has no words, and so its output has none (%d such so far).",
                self._num_predicted,
                self._num_empty,
            )
            outputs = self._empty_output()
        output_format = self._output_format
        if output_format == "auto":
            output_format = own_format or "json"
        if output_format == "json":
            return json_output(sentence, outputs)
        predicted = predicted_sentence(
            sentence, outputs, own_format, output_format, self._num_predicted
        )
        name = field.metadata.get("label_comment", "label")
        predicted = with_class(predicted, outputs, output_format, name)
        return {"lines": format_sentence(predicted, output_format)}

    def _empty_output(self) -> JsonDict:
        gold = getattr(self._model, "gold_fields", ())
        return {layer: [] for field in gold for layer in _LAYERS_OF_FIELD.get(field, ())}


class _Group(NamedTuple):
    """Sentences that are predicted together."""

    instances: List[Instance]
    inputs: List[Instance]
    """The same without gold fields, indexed."""
    batches: List[List[int]]
    """The positions of those that are run together."""


_MAX_THREADS = 4
"""That compute. More would wait for Python, which reads and writes for all of them."""

_MAX_NODES = 512
"""Of a batch on the CPU, padding included: enough to keep the matrix products busy."""

_MAX_NODES_ON_GPU = 4096
"""One long sentence among many does not make all of them as long, which no memory would hold."""

_LAYERS_OF_FIELD = {"heads": ("heads",), "deprels": ("deprels",), "graph": ("arcs", "tops")}
"""What is predicted in place of a field of the corpus."""


def _column(sentence: Sentence, name: str) -> Optional[List[Optional[str]]]:
    """One value per word, or `None` if no word has one."""
    values = [getattr(word, name) for word in sentence.words]
    return None if all(value is None for value in values) else values

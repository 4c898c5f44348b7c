"""Time and memory of long sentences, one at a time."""

import math
import time
from itertools import chain, cycle, islice
from typing import Any, Callable, Dict, List, Sequence, Tuple

from allennlp.data import Instance
from pipeline_programs import Corpus

from bilexical.formats.sentence import Sentence
from spigot_allennlp.dataset_readers.purpose import Purpose
from spigot_allennlp.dataset_readers.sentence_reader import reader_for

Work = Callable[[], None]


def long_sentence(corpus: Corpus, num_words: int) -> Instance:
    """The words of the corpus one after another, each the head of the next one."""
    sentences: List[Sentence] = [each["metadata"]["sentence"] for each in corpus.instances]
    words = list(islice(cycle(chain(*(each.words for each in sentences))), num_words))
    labels = cycle(arc.label for each in sentences for arc in each.arcs or [])
    numbers = range(2, num_words + 1)
    # In training it refuses long sentences.
    reader: Any = reader_for(Purpose.EVALUATION, corpus.reader)
    instance = reader.text_to_instance(
        words=[word.form for word in words],
        pos=[word.pos for word in words],
        heads=list(range(num_words)),
        deprels=[word.deprel for word in words],
        arcs=[(number, number - 1, label) for number, label in zip(numbers, labels)],
        tops=[1],
    )
    reader.apply_token_indexers(instance)
    instance.index_fields(corpus.vocab)
    return instance


def long_work(make: Callable[[], Any], corpus: Corpus) -> Dict[str, Callable[[int], Work]]:
    """What is measured, by its name: from the number of words to the work of a new program."""

    def predict(num_words: int) -> Work:
        program = make()
        predictor, instance = program.predictor(), long_sentence(corpus, num_words)
        return lambda: predictor.predict_batch_instance([instance])

    def train(num_words: int) -> Work:
        program = make()
        program.instances = [long_sentence(corpus, num_words)]
        return lambda: program.step([0])

    return {"prediction": predict, "training": train}


def measured(
    prepare: Callable[[int], Work], num_words: int, memory: Callable[[], float]
) -> Tuple[float, float]:
    """CPU seconds of one piece of work, after a short one, and the MiB that it adds."""
    prepare(10)()
    work, before = prepare(num_words), memory()
    start = time.process_time()
    work()
    return time.process_time() - start, memory() - before


def tabulate_long(lengths: Sequence[int], found: Dict[str, List[Tuple[float, float]]]) -> List[str]:
    """A row for each kind of work, with the growth: the slope between logarithms."""
    columns = ["one sentence, CPU seconds and MiB", *(f"{length} words" for length in lengths)]
    lines = ["| " + " | ".join([*columns, "growth"]) + " |", "|---" * (len(lengths) + 2) + "|"]
    for name, row in found.items():
        cells = [f"{seconds:.2f} s, {memory:.0f} MiB" for seconds, memory in row]
        growth = "–"
        if len(row) > 1:
            ratio = math.log(row[-1][0] / row[-2][0])
            growth = f"{ratio / math.log(lengths[-1] / lengths[-2]):.1f}"
        lines.append("| " + " | ".join([name, *cells, growth]) + " |")
    return lines

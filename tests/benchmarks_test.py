"""The benchmarks run and write their tables; how long anything takes is not asserted."""

import importlib
import sys
import time
from contextlib import contextmanager
from dataclasses import replace

import pytest
import torch
from allennlp.data import Vocabulary
from allennlp.models import Model

from bilexical.formats.sentence import Arc, Sentence, Word
from bilexical.scoring.sdp_counts import ArcCounts, count_arcs
from spigot_allennlp.estimators import Spigot
from spigot_allennlp.losses import LogLikelihood
from spigot_allennlp.metrics import MeanPerSentence
from spigot_allennlp.nn.bfloat16 import has_bfloat16
from spigot_allennlp.structures import ProjectiveTrees
from tests import PROJECT_ROOT
from tests.prepared import run_prepared


@pytest.fixture
def benchmark(monkeypatch):
    """Imports a module of `benchmarks/`, which is no package."""
    monkeypatch.syspath_prepend(str(PROJECT_ROOT / "benchmarks"))
    return importlib.import_module


@pytest.fixture
def toy(tmp_path):
    """A corpus of two batches and some more."""
    sentences = (PROJECT_ROOT / "data/toy/test.sdpx").read_text(encoding="utf-8").split("\n\n")
    path = tmp_path / "toy.sdpx"
    path.write_text("\n\n".join([*sentences[:80], ""]), encoding="utf-8")
    return path


def test_pipeline_writes_a_row_for_each_configuration(toy, tmp_path):
    sizes = '{"words": 4, "pos": 4, "hidden": 4, "scorer": 4, "layers": 1}'
    # A process of its own: it forks, which autograd forbids once it has been used.
    finished = run_prepared(
        *("benchmarks/pipeline.py", "--output", tmp_path, "--no-peers"),
        *("--train", toy, "--test", toy, "--batches", 2, "--repetitions", 1),
        *("--configs", "sdp_modular", "sdp_spigot", "--sizes", sizes),
        *("--long", 20, 40, "--single", 3, "--bfloat16"),
    )
    assert finished.returncode == 0, finished.stderr
    table = (tmp_path / "pipeline.md").read_text()
    assert table in finished.stdout
    assert "2 batches of 32 sentences" in table and "'hidden': 4" in table
    parts = table.split("\n\n")
    tables = [
        [line.strip("|").split("|") for line in part.splitlines()]
        for part in parts
        if part.startswith("|")
    ]
    rows, long, bfloat16, single = tables
    for each in tables:
        assert len({len(row) for row in each}) == 1
    assert [row[0].strip() for row in rows[2:]] == ["sdp_modular", "sdp_spigot"]
    assert [row[0].strip() for row in long[2:]] == ["prediction", "training"]
    assert [row[0].strip() for row in bfloat16[2:]] == ["sdp_modular", "sdp_spigot"]
    assert all(float(cell) > 0 for row in bfloat16[2:] for cell in row[1:])
    said = "times as fast as in single" if has_bfloat16() else "This processor has no bfloat16"
    assert said in table
    assert "3 with a tree and 3 with a graph" in table
    assert [row[0].strip() for row in single[2:]] == [
        "sdp_spigot_paper",
        "sdp_spigot_paper, adamw of AllenNLP",
    ]
    assert [cell.strip() for cell in single[2][3:]] == ["1.00", "1.00"]
    assert [cell.strip() for cell in rows[2][3:5]] == ["1.000", "1.000"]
    for row in rows[2:]:
        cells = [cell.strip(" %") for cell in row]
        for parts in (cells[6], cells[10]):
            assert sum(map(int, parts.split(" / "))) == pytest.approx(100, abs=2)
        assert all(float(cell) > 0 for cell in cells[1:] if "/" not in cell)


def test_the_shortest_time_of_each_piece_counts_and_programs_take_turns(benchmark, monkeypatch):
    pipeline_times = benchmark("pipeline_times")
    now, calls = [0.0], []
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(time, "process_time", lambda: now[0] / 2)
    # Of each piece in each repetition, the first of which does not count.
    durations = {"a": [[1, 8, 4], [1, 2, 6]], "b": [[0, 3, 3], [0, 9, 5]]}

    def piece(name, number):
        def run():
            calls.append(name)
            now[0] += durations[name][number].pop(0)

        return run

    work = {name: [piece(name, number) for number in range(2)] for name in durations}
    times = pipeline_times.best_times(work, repetitions=2)
    assert times == {"a": (4 + 2, 3.0), "b": (3 + 5, 4.0)}
    assert calls == ["a", "b"] * 6


def test_the_clock_leaves_values_and_gradients_alone_and_counts_both_directions(
    benchmark, monkeypatch
):
    shares = benchmark("pipeline_shares")
    scores = torch.randn(2, 5, 5, dtype=torch.float64, requires_grad=True)
    mask = torch.ones(2, 5, dtype=torch.bool)
    weights = torch.randn(2, 5, 5, dtype=torch.float64)

    def gradient():
        structure = ProjectiveTrees()
        parts = Spigot()(scores, mask, structure)
        losses = LogLikelihood()(structure, scores, mask, parts.detach())
        loss = (weights * parts).sum() + losses.sum()
        return loss.detach(), torch.autograd.grad(loss, scores)[0]

    expected = gradient()
    ticks = iter(range(1000))
    with shares.structure_clock() as clock:
        monkeypatch.setattr(time, "process_time", lambda: next(ticks))
        found = gradient()
    assert all(torch.equal(x, y) for x, y in zip(found, expected))
    # The estimator and the loss, each forwards and backwards; what they call is part of them.
    assert clock.seconds == 4
    gradient()
    assert clock.seconds == 4


def test_metrics_are_around_a_step_though_they_are_called_in_it(benchmark, monkeypatch):
    around = benchmark("pipeline_around")
    metric = MeanPerSentence()
    weight = torch.nn.Parameter(torch.ones(3))
    optimizer = torch.optim.SGD([weight], lr=0.5)

    class Doubled(Model):
        def forward(self, values):
            loss = (2 * weight * values).sum()
            metric(values)
            return {"loss": loss}

    model, values = Doubled(Vocabulary()), torch.ones(3)
    ticks = iter(range(1000))
    monkeypatch.setattr(time, "process_time", lambda: next(ticks))
    with around.around_clock() as clock:
        model(values)["loss"].backward()
        optimizer.step()
    assert torch.equal(weight.detach(), torch.zeros(3))
    # Between two looks at the clock: the forward pass before and after the metric, the way back
    # and the update; and what is before, between and after these, and the metric.
    assert (clock.total - clock.around, clock.around) == (4, 5)
    assert metric.get_metric() == 1.0
    assert not hasattr(Doubled.forward, "__wrapped__")


def test_sizes_are_those_of_the_configurations_with_changes(benchmark):
    programs = benchmark("pipeline_programs")
    sizes = programs.sizes_of_configs('{"hidden": 7}')
    assert sizes == {**programs.sizes_of_configs(), "hidden": 7}
    model = programs.config("sdp_spigot", '{"hidden": 7}')["model"]
    assert model["downstream"]["sentence_encoder"]["encoder"]["hidden_size"] == 7
    unchanged = programs.config("sdp_spigot")["model"]["intermediate"]["sentence_encoder"]
    assert unchanged["encoder"]["hidden_size"] == programs.sizes_of_configs()["hidden"]


def test_kernels_agree_and_are_written_as_a_table_and_a_plot(tmp_path):
    pytest.importorskip("matplotlib")
    finished = run_prepared(
        *("benchmarks/kernels.py", "--output", tmp_path, "--no-peers"),
        *("--sentences", 4, "--sizes", "WSJ", 5, 10, "--seconds", 0),
    )
    assert finished.returncode == 0, finished.stderr
    table = (tmp_path / "kernels.md").read_text()
    assert table in finished.stdout
    rows = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("|")]
    assert [cell.strip() for cell in rows[0][:3]] == ["kernel", "program", "WSJ"]
    names = [row[1].strip() for row in rows[2:]]
    titles = [row[0].strip() for row in rows[2:] if row[0].strip()]
    assert names.count("spigot_allennlp") == len(titles) == 15
    assert names.count("plain tensors") == 9
    for row in rows[2:]:
        assert all(float(cell) > 0 for cell in row[2:6])
        assert float(row[-1]) < 1e-4
    assert (tmp_path / "kernels.svg").read_text().count(titles[0]) >= 1


def test_heads_are_counted_and_other_differences_are_the_largest(benchmark):
    kernels = benchmark("kernels")
    mask = torch.tensor([[True, True, True, False]])
    heads = torch.tensor([[0, 2, 0, 1]])
    # Word 1 has another head; what stands at ROOT and in the padding does not count.
    assert kernels.difference(heads, torch.tensor([[1, 0, 0, 3]]), mask) == 1
    parts = torch.zeros(1, 4, 4, 2)
    others = parts.clone()
    others[0, 3], others[0, 0], others[0, 1, 1] = 5, 6, 7
    others[0, 2, 1, 1] = -0.5
    assert kernels.difference(parts, others, mask) == 0.5


def test_lengths_are_skewed_and_growth_is_the_slope_of_the_logarithms(benchmark):
    kernels = benchmark("kernels")
    lengths = kernels.wsj_lengths(10000).double()
    assert 22 < lengths.mean() < 26 and lengths.median() < lengths.mean()
    assert (lengths.min(), lengths.max()) == (2, 60)
    seconds = {"WSJ": 9.0, "10": 1.0, "20": 1.0, "40": 4.0, "80": 16.0}
    assert kernels.growth(seconds) == "2.0"
    assert kernels.growth({"WSJ": 9.0, "10": 1.0}) == "–"
    assert [kernels.significant(x) for x in (0.01234, 1.0, 123.4)] == ["0.0123", "1.00", "123"]


def test_gradients_of_estimators_against_the_exact_one(benchmark, tmp_path, monkeypatch, capsys):
    gradients = benchmark("gradients")
    arguments = ["--output", str(tmp_path), "--problems", "3", "--draws", "2", "--scales", "1", "3"]
    only = ["--only", "spigot", "spigot_eg", "reinforce", "structured_attention"]
    monkeypatch.setattr(sys, "argv", ["gradients.py", *arguments, "--step-sizes", "0.5", *only])
    gradients.main()
    page = (tmp_path / "gradients.md").read_text()
    assert page in capsys.readouterr().out
    assert page.count("| `spigot` | 0.5 |") == page.count("| `reinforce` |  |") == 3
    assert "<svg" in (tmp_path / "gradients.svg").read_text()


@pytest.mark.parametrize(
    ("title", "number"), [("projective trees", 30), ("non-projective trees", 64)]
)
def test_spaces_hold_all_trees(benchmark, title, number):
    assert len(benchmark("gradients").spaces()[title].vertices) == number


def test_the_exact_gradient_is_that_of_the_expected_loss(benchmark):
    gradients = benchmark("gradients")
    for space in gradients.spaces().values():
        (problem,) = gradients.problems(space, 1.0, 1, seed=1)
        scores = problem.scores.clone().requires_grad_()
        energies = space.vertices.flatten(1) @ scores.flatten()
        (energies.softmax(dim=0) @ problem.loss(space.vertices)).backward()
        exact = gradients.exact_gradient(space, problem)
        torch.testing.assert_close(scores.grad, exact, atol=1e-12, rtol=1e-9)


@pytest.mark.parametrize("unbiased", ["muprop", "reinforce"])
def test_the_mean_of_the_unbiased_is_the_exact_gradient(benchmark, unbiased):
    gradients = benchmark("gradients")
    space = gradients.spaces()["projective trees"]
    (problem,) = gradients.problems(space, 1.0, 1, seed=1)
    mean = gradients.draws_of(space, problem, unbiased, None, 20_000).mean(dim=0)
    exact = gradients.exact_gradient(space, problem)
    assert gradients.cosine(mean, exact) > 0.99
    assert (mean.norm() / exact.norm()).item() == pytest.approx(1.0, abs=0.05)


def test_threads_are_measured_in_a_process_of_their_own(
    benchmark, toy, tmp_path, monkeypatch, capfd
):
    threads, busy = benchmark("threads"), []

    @contextmanager
    def busy_processes(number):
        busy.append(number)
        yield
        busy.append("ended")

    monkeypatch.setattr(threads, "busy_processes", busy_processes)
    sizes = '{"words": 4, "pos": 4, "hidden": 4, "scorer": 4, "layers": 1}'
    arguments = ["threads.py", "--output", str(tmp_path), "--busy", "1", "--sizes", sizes]
    arguments += ["--train", str(toy), "--seconds", "0", "--rounds", "1", "--choices", "ours"]
    monkeypatch.setattr(sys, "argv", arguments)
    monkeypatch.chdir(PROJECT_ROOT)
    threads.main()
    assert busy == [1, "ended"]
    table = (tmp_path / "threads.md").read_text()
    assert table in capfd.readouterr().out and "beside 1 busy processes" in table
    rows = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("|")]
    assert [cell.strip() for cell in rows[0][1:]] == [
        *("encoder: ms", "/ best", "sdp_spigot: ms", "/ best")
    ]
    (row,) = rows[2:]
    assert row[0].strip() == "ours"
    assert all(float(cell) > 0 for cell in (row[1], row[3]))
    assert float(row[2]) == float(row[4]) == 1.0


def test_choices_of_threads_take_turns_and_the_median_of_their_rounds_counts(
    benchmark, tmp_path, monkeypatch
):
    threads, measured = benchmark("threads"), []
    seconds = {"ours": [0.001, 0.009, 0.004], "one thread": [0.5, 0.008, 0.006]}

    def measure(choice, arguments):
        measured.append(choice)
        found = seconds[choice].pop(0)
        return {"encoder": found, "sdp_spigot": 1 / found}

    monkeypatch.setattr(threads, "measure", measure)
    arguments = ["--output", str(tmp_path), "--rounds", "3", "--choices", *seconds]
    monkeypatch.setattr(sys, "argv", ["threads.py", *arguments])
    threads.main()
    assert measured == [*seconds] * 3
    table = (tmp_path / "threads.md").read_text()
    rows = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("|")]
    assert rows[2:] == [
        ["ours", "4", "1.00", "250000", "2.00"],
        ["one thread", "8", "2.00", "125000", "1.00"],
    ]


def test_busy_processes_take_time_until_they_are_ended(benchmark):
    psutil = pytest.importorskip("psutil")
    before = psutil.Process().children()
    with benchmark("threads").busy_processes(2):
        processes = [child for child in psutil.Process().children() if child not in before]
        assert len(processes) == 2
        for process in processes:
            while process.cpu_times().user < 0.1:
                time.sleep(0.01)
    assert not any(process.is_running() for process in processes)


class TestModelCard:
    def test_scores_are_those_of_the_scorer(self, benchmark):
        card = benchmark("model_card")
        toy = card.corpus(str(PROJECT_ROOT / "data/toy/test.sdpx"))
        # The graph of another sentence of the same length.
        others = {len(sentence.words): sentence for sentence in toy}
        pairs = [
            (gold, replace(gold, arcs=others[len(gold.words)].arcs)) for gold in toy if gold.words
        ]
        counts = sum((count_arcs(*pair) for pair in pairs), ArcCounts())
        assert card.f1(pairs, card.graph) == pytest.approx(counts.scores()["LF"], abs=1e-12)
        unlabeled = card.unlabeled(card.graph)
        assert card.f1(pairs, unlabeled) == pytest.approx(counts.scores()["UF"], abs=1e-12)
        assert 0.0 < card.f1(pairs, card.graph) < 1.0

    def test_words_of_another_tokeniser_are_found_by_their_characters(self, benchmark):
        card = benchmark("model_card")

        def sentence(forms, arc):
            return Sentence("", [Word(form) for form in forms], arcs=[arc])

        gold = sentence(["Dogs", "can", "not", "bark"], Arc(1, 4, "ARG1"))
        same = sentence(["Dogs", "cannot", "bark"], Arc(1, 3, "ARG1"))
        other = sentence(["Dogs", "cannot", "bark"], Arc(2, 3, "ARG1"))
        assert card.f1([(gold, same)], card.graph) == 1.0
        assert card.f1([(gold, other)], card.graph) == 0.0
        assert card.f1([(gold, same), (gold, other)], card.graph) == 0.5

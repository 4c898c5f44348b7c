"""The categorical task: its data, its structure, its trainings, and the files of runs."""

import importlib
import itertools
import json
import sys

import pytest
import torch

from spigot_allennlp.estimators import StructuredGradientEstimator
from tests import PROJECT_ROOT

NUM_CATEGORIES = 4
SYSTEMS = [
    *("linear", "gold", "enumeration"),
    *(
        name
        for name in sorted(StructuredGradientEstimator.list_available())
        if StructuredGradientEstimator.by_name(name).__module__.startswith("spigot_allennlp.")
    ),
]


@pytest.fixture(autouse=True)
def _benchmarks(monkeypatch):
    monkeypatch.syspath_prepend(str(PROJECT_ROOT / "benchmarks"))
    yield
    torch.set_flush_denormal(False)


def module(name):
    """A module of `benchmarks/`, which is no package."""
    return importlib.import_module(name)


@pytest.fixture
def setting():
    return module("categorical_data").Setting(
        "small", 3, 3, noise=0.5, sentences=200, held_out=100, features=5, num_steps=4
    )


class TestData:
    def test_sentences_lie_around_the_center_of_their_cluster(self, setting):
        data = module("categorical_data").generate(setting._replace(sentences=30_000))
        for cluster in range(3):
            means, deviations = [], []
            for part in data:
                own = part.features[part.clusters == cluster]
                means.append(own.mean(dim=0))
                deviations.append(own.std(dim=0))
            assert torch.allclose(means[0], means[1], atol=0.4)
            assert torch.allclose(means[0], means[2], atol=0.4)
            assert torch.allclose(deviations[0], torch.full((5,), 0.5), atol=0.02)
        assert data.train.clusters.bincount().min() > 9000

    def test_a_plane_through_the_mean_of_each_cluster_divides_the_classes(self, setting):
        data = module("categorical_data").generate(setting)
        # Drawn in this order.
        generator = torch.Generator().manual_seed(setting.data_seed)
        torch.randn(3, 5, generator=generator)
        normals = torch.randn(3, 5, generator=generator)
        for cluster, normal in enumerate(normals):
            middle = data.train.features[data.train.clusters == cluster].mean(dim=0)
            for part in data:
                own = part.clusters == cluster
                sides = (part.features[own] - middle) @ normal > 1e-5
                assert torch.equal(sides, part.classes[own])

    def test_it_is_drawn_from_its_seed_alone(self, setting):
        generate = module("categorical_data").generate
        digests = [generate(setting).digest() for _ in range(2)]
        assert digests[0] == digests[1]
        assert generate(setting._replace(data_seed=1)).digest() != digests[0]

    def test_a_cluster_without_sentences_is_an_error(self, setting):
        with pytest.raises(ValueError, match="none of 2 training sentences is of cluster"):
            module("categorical_data").generate(setting._replace(sentences=2))


class TestStructure:
    """Against all categories, one by one; the last sentence is none."""

    @pytest.fixture
    def scores(self):
        torch.manual_seed(1)
        return 2 * torch.randn(5, 1, 1, NUM_CATEGORIES, dtype=torch.float64)

    @pytest.fixture
    def mask(self):
        return torch.tensor([[True]] * 4 + [[False]])

    @pytest.fixture
    def structure(self):
        return module("categorical_structure").Categories()

    def vertices(self):
        return torch.eye(NUM_CATEGORIES, dtype=torch.float64)[:, None, None]

    def test_the_argmax_has_the_highest_score(self, structure, scores, mask):
        best = structure.argmax(scores, mask)
        for sentence in range(4):
            found = max(self.vertices(), key=lambda vertex: (vertex * scores[sentence]).sum())
            assert torch.equal(best[sentence], found)
        assert not best[4].any()
        assert structure.contains(best, mask).all()
        assert not structure.contains(best + structure.argmax(-scores, mask), mask)[:4].any()

    @pytest.mark.parametrize("forbidden", [False, True])
    def test_the_distribution_is_that_of_all_categories(self, structure, scores, mask, forbidden):
        if forbidden:
            scores[:, 0, 0, 2] = -torch.inf
        energies = torch.stack([scores[..., k].flatten() for k in range(NUM_CATEGORIES)])
        expected = energies.exp().sum(dim=0).log() * mask.flatten()
        torch.testing.assert_close(structure.log_partition(scores, mask), expected)
        marginals = (energies - energies.logsumexp(dim=0)).exp().t()[:, None, None]
        marginals = marginals * mask[:, :, None, None]
        torch.testing.assert_close(structure.marginals(scores, mask), marginals)
        entropy = -torch.xlogy(marginals, marginals).flatten(1).sum(dim=1)
        torch.testing.assert_close(structure.entropy(scores, mask)[:4], entropy[:4])

    def test_samples_have_their_shares(self, structure, scores, mask):
        torch.manual_seed(1)
        samples = structure.sample(scores, mask, num_samples=20_000)
        assert structure.contains(samples[0], mask).all()
        difference = samples.mean(dim=0) - structure.marginals(scores, mask)
        assert difference.abs().max() < 0.015

    def test_the_projection_is_the_nearest_point_of_a_fine_grid(self, structure, scores, mask):
        projected = structure.project(scores, mask)
        torch.testing.assert_close(structure.sparse_marginals(scores, mask), projected)
        assert not projected[4].any()
        steps = 20
        grid = torch.tensor(
            [
                (*point, steps - sum(point))
                for point in itertools.product(range(steps + 1), repeat=NUM_CATEGORIES - 1)
                if sum(point) <= steps
            ],
            dtype=torch.float64,
        )
        for sentence in range(4):
            point = scores[sentence].flatten()
            nearest = ((grid / steps - point) ** 2).sum(dim=1).min()
            found = projected[sentence].flatten()
            assert found.sum() == pytest.approx(1.0) and found.min() >= 0
            assert ((found - point) ** 2).sum() <= nearest + 1e-12

    def test_gradients_of_the_sparse_marginals(self, structure, scores, mask):
        scores.requires_grad_()
        assert torch.autograd.gradcheck(lambda x: structure.sparse_marginals(x, mask), scores)

    def test_no_constant_changes_the_decision(self, structure, scores, mask):
        candidates = mask[:, :, None, None].expand_as(scores)
        found = structure.without_invariant_directions(scores, candidates)
        shifted = structure.without_invariant_directions(scores + 3, candidates)
        torch.testing.assert_close(found, shifted)
        torch.testing.assert_close(found[:4].sum(dim=-1), torch.zeros(4, 1, 1).double())
        assert not found[4].any()


class TestTraining:
    @pytest.fixture
    def data(self, setting):
        return module("categorical_data").generate(setting)

    def test_models_do_not_touch_one_another(self, setting, data):
        train = module("categorical_training").train
        for system in ("spigot_ce", "sparsemap", "gold", "linear", "enumeration"):
            step_size = 1.0 if system == "spigot_ce" else None
            arguments = (setting._replace(labeled=20), data, system, 0.05, step_size, 5)
            together = train(*arguments, [1, 2])
            alone = [train(*arguments, [seed])[0] for seed in (1, 2)]
            assert together == alone

    @pytest.mark.parametrize("system", SYSTEMS)
    def test_every_system_trains(self, setting, data, system):
        regimes = module("categorical").regimes
        (regime,) = regimes(system, [0.05], [1.0])
        step_size = regime.get("step_size")
        found = module("categorical_training").train(
            setting, data, system, 0.05, step_size, 4, [1, 2]
        )
        assert len(found) == 2
        for scores in found:
            assert all(0 <= value <= 1 for value in scores.values())
            assert ("dev_v_measure" in scores) == (system != "linear")

    def test_a_frozen_encoder_stays_and_an_enumerated_one_learns(self, setting, data):
        training = module("categorical_training")
        for system, stays in (("modular", True), ("enumeration", False)):
            models = training.initial_models(setting, data, [1], 3)
            estimator = (
                None if system == "enumeration" else training.make_estimator(system, None, 1)
            )
            loss = training.LOSSES.get(system, training._losses_through)
            loss(models, data.train, estimator).sum().backward()
            assert (models.encoder.grad is None) == stays
            assert models.decoder.grad.abs().sum() > 0

    @pytest.mark.parametrize("unbiased", ["muprop", "reinforce"])
    def test_the_mean_is_the_gradient_of_the_expected_loss(self, setting, data, unbiased):
        training = module("categorical_training")
        models = training.initial_models(setting, data, [1], 3)

        def gradient(repetitions, losses, estimator):
            part = type(data.train)(
                *(
                    values[:20].repeat(repetitions, *[1] * (values.dim() - 1))
                    for values in data.train
                )
            )
            models.encoder.grad = None
            losses(models, part, estimator).sum().backward()
            return models.encoder.grad / repetitions

        exact = gradient(1, training.LOSSES["enumeration"], None)
        estimator = training.make_estimator(unbiased, None, 1).train()
        torch.manual_seed(1)
        mean = gradient(10_000, training._losses_through, estimator)
        # One draw of REINFORCE is 3.5 times the exact gradient away from it.
        assert (mean - exact).norm() < 0.1 * exact.norm()

    def test_two_classes_learn_as_their_difference(self, setting, data):
        """The same steps of Adam on weights for both classes, with a softmax."""
        training = module("categorical_training")
        models = training.initial_models(setting, data, [1], 3)
        bias = models.decoder_bias.detach().clone()
        weights = [-models.decoder.detach()[:, 0] / 2, models.decoder.detach()[:, 0] / 2]
        both = torch.stack(weights, dim=-1).requires_grad_()
        biases = torch.stack([-bias[0] / 2, bias[0] / 2]).requires_grad_()
        ours, theirs = models.optimizer(0.01), torch.optim.Adam([both, biases], 0.01)
        for _ in range(5):
            ours.zero_grad()
            training.LOSSES["gold"](models, data.train, None).mean().backward()
            ours.step()
            theirs.zero_grad()
            logits = torch.einsum("sf,fkc->skc", data.train.features, both) + biases
            logits = logits[torch.arange(200), data.train.clusters]
            torch.nn.functional.cross_entropy(logits, data.train.classes.long()).backward()
            theirs.step()
        torch.testing.assert_close(models.decoder[:, 0], both[..., 1] - both[..., 0])
        torch.testing.assert_close(models.decoder_bias[0], biases[1] - biases[0])

    def test_supervision_finds_the_clusters(self, setting, data):
        far = setting._replace(labeled=60, noise=0.1)
        data = module("categorical_data").generate(far)
        (scores,) = module("categorical_training").train(far, data, "modular", 0.01, None, 1, [1])
        assert scores["test_v_measure"] > 0.9

    def test_v_measure(self):
        v_measure = module("categorical_training").v_measure
        metrics = pytest.importorskip("sklearn.metrics")
        torch.manual_seed(1)
        for _ in range(20):
            gold, predicted = torch.randint(4, (50,)), torch.randint(6, (50,))
            predicted = torch.where(torch.rand(50) < 0.5, gold + 1, predicted)
            expected = metrics.v_measure_score(gold, predicted)
            assert v_measure(gold, predicted) == pytest.approx(expected)
        assert v_measure(gold, 3 - gold) == pytest.approx(1.0)
        assert v_measure(gold, torch.zeros_like(gold)) == pytest.approx(0.0, abs=1e-12)


class TestRuns:
    ARGUMENTS = ("--settings", "wide clusters", "--only", "linear", "spigot", "--steps", "1")

    @pytest.fixture
    def run(self, tmp_path, monkeypatch):
        """Runs the program with one learning rate and returns the lines there are."""
        path = tmp_path / "results" / "runs.jsonl"

        def run(*arguments):
            given = ["categorical.py", "--output", str(path), *self.ARGUMENTS, *arguments]
            monkeypatch.setattr(sys, "argv", [*given, "--learning-rates", "0.1"])
            module("categorical").main()
            return [json.loads(line) for line in path.read_text().splitlines()]

        run.path = path
        return run

    def test_every_run_is_a_line_and_is_not_run_again(self, run, monkeypatch, capsys):
        lines = run("--seeds", "2", "--step-sizes", "1", "10")
        assert [(line["system"], line["regime"].get("step_size")) for line in lines] == [
            *[("linear", None)] * 2,
            *[("spigot", 1.0)] * 2,
            *[("spigot", 10.0)] * 2,
        ]
        assert [line["seed"] for line in lines] == [1, 2] * 3
        assert {line["task"] for line in lines} == {"categorical"}
        assert lines[0]["setting"]["num_steps"] == 1
        assert len({line["config"] for line in lines}) == 3
        for line in lines:
            assert {"dev_accuracy", "test_accuracy"} <= set(line["scores"])
            assert len(line["config"]) == len(line["data"]) == 12
        assert capsys.readouterr().out.count("\n") == 3
        # As if it had been stopped before the last line.
        text = run.path.read_text().splitlines(keepends=True)
        run.path.write_text("".join(text[:-1]))
        again = run("--seeds", "2", "--step-sizes", "1", "10")
        assert capsys.readouterr().out.count("\n") == 1
        assert [{**line, "seconds": 0} for line in again] == [
            {**line, "seconds": 0} for line in lines
        ]
        # Other seeds share other noise.
        assert len(run("--seeds", "1", "--step-sizes", "1")) == 8

    def test_a_line_that_is_no_run_is_an_error(self, run):
        run("--seeds", "1", "--step-sizes", "1")
        text = run.path.read_text()
        run.path.write_text(text + '{"task": "categ')
        with pytest.raises(ValueError, match="line 3: no JSON object"):
            module("result_lines").read_lines(run.path)
        run.path.write_text(text + '{"task": "categorical"}')
        with pytest.raises(ValueError, match=r"line 3: setting, system, .* missing"):
            module("result_lines").read_lines(run.path)


class TestReport:
    def line(self, system, learning_rate, seed, dev, test, **scores):
        return {
            "setting": module("categorical_data").SETTINGS["wide clusters"]._asdict(),
            "system": system,
            "regime": {"learning_rate": learning_rate},
            "seed": seed,
            "scores": {"dev_accuracy": dev, "test_accuracy": test, **scores},
        }

    @pytest.fixture
    def lines(self):
        return [
            self.line("modular", 0.1, 1, 0.5, 0.50, test_v_measure=0.2),
            self.line("modular", 0.1, 2, 0.7, 0.60, test_v_measure=0.4),
            # Better on the test set alone.
            self.line("spigot", 0.1, 1, 0.6, 0.90, test_v_measure=1.0),
            self.line("spigot", 0.1, 2, 0.6, 0.90, test_v_measure=1.0),
            self.line("spigot", 0.2, 1, 0.7, 0.65, test_v_measure=1.0),
            self.line("spigot", 0.2, 2, 0.7, 0.75, test_v_measure=0.5),
        ]

    def test_regimes_are_chosen_by_their_development_sets(self, lines):
        table = module("categorical_report").table(lines)
        rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()]
        assert len({len(row) for row in rows}) == 1
        assert rows[2] == [
            *("`spigot`", "0.2", "", "70.0 ± 0.0", "70.0 ± 7.1", "", "75.0 ± 35.4", "0.5"),
            *("+15.0 (p = 0.500)", "2", "2"),
        ]
        assert rows[3][:2] == ["`modular`", "0.1"] and rows[3][4] == "55.0 ± 7.1"

    def test_the_chart_has_gains_over_the_frozen_encoder(self, lines):
        chart = module("categorical_report").chart(lines)
        assert "<svg" in chart and "wide clusters: spigot 15" in chart

    def test_p_values(self):
        test = module("categorical_report").sign_change_test
        assert test([1.0, 1.0, 1.0]) == 2 / 8
        assert test([1.0, -1.0]) == 1.0
        assert test([0.0, 0.0]) == 1.0
        scipy_stats = pytest.importorskip("scipy.stats")
        torch.manual_seed(1)
        differences = (torch.randn(8) + 0.5).tolist()
        expected = scipy_stats.permutation_test(
            (differences,), sum, permutation_type="samples", n_resamples=2**9
        )
        assert test(differences) == pytest.approx(expected.pvalue)

    def test_the_page_is_of_the_runs(self):
        """If not: the command of docs/results/categorical.md that writes it."""
        report, read_lines = module("categorical_report"), module("result_lines").read_lines
        docs = PROJECT_ROOT / "docs"
        lines = read_lines(docs / "results" / "categorical.jsonl")
        toy = read_lines(docs / "results" / "mechanism.jsonl")
        page = (docs / "results" / "categorical.md").read_text(encoding="utf-8")
        assert page == report.page(lines, toy).rstrip("\n") + "\n"
        for name, chart in (
            ("categorical", report.chart(lines)),
            ("mechanism", report.mechanism_chart(toy)),
        ):
            assert (docs / "pictures" / f"{name}.svg").read_text(encoding="utf-8") == chart + "\n"


class TestMechanism:
    def test_the_identity_sums_up_all_losses(self):
        mechanism = module("mechanism")
        toy = mechanism.Toy(num_steps=50)
        losses = mechanism.coefficients(toy, [1, 2])
        scores = mechanism.descend(toy, "straight_through", losses)
        expected = -toy.learning_rate * losses.sum(dim=0)
        expected[:, 0] += toy.prior
        torch.testing.assert_close(scores, expected)
        assert losses[..., 1].mean() < losses[..., 2:].mean()

    def test_marginals_decide_rightly_and_spigot_builds_no_margin(self):
        mechanism = module("mechanism")
        toy = mechanism.Toy(num_steps=1500, learning_rate=0.2)
        losses = mechanism.coefficients(toy, [1, 2, 3])
        found = {
            name: mechanism.descend(toy, name, losses)
            for name in ("spigot", "straight_through_marginals")
        }
        assert (found["straight_through_marginals"].argmax(dim=1) == 1).all()
        spreads = {name: mechanism.measures(scores[0])["spread"] for name, scores in found.items()}
        assert spreads["spigot"] < 0.2 < 2 < spreads["straight_through_marginals"]

    def test_runs_are_lines_and_are_not_run_again(self, tmp_path, monkeypatch):
        path = tmp_path / "toy.jsonl"
        arguments = ["--output", str(path), "--only", "spigot", "reinforce", "annealed_attention"]
        monkeypatch.setattr(sys, "argv", ["mechanism.py", *arguments, "--steps", "4"])
        module("mechanism").main()
        lines = path.read_text()
        assert len(lines.splitlines()) == 30
        module("mechanism").main()
        assert path.read_text() == lines
        table = module("categorical_report").mechanism_table(map(json.loads, lines.splitlines()))
        assert table.count("| 10 |") == 3

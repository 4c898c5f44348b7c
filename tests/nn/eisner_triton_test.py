"""The kernel for GPUs in Triton's interpreter, and compiled for GPUs that need not be there."""

import pytest
import torch

from spigot_allennlp.nn.eisner import eisner_argmax
from tests.commands.process import run_python
from tests.nn.eisner_test import make_batch

# `triton.compile` takes other arguments before.
triton = pytest.importorskip("triton", minversion="3.2", reason="needs Triton 3.2 or later")


def cases():
    """By name, the arguments of a call."""
    mixed = [1, 2, 3, 7, 12, 5, 0]
    batches = {
        "float32": make_batch(mixed, dtype=torch.float32),
        "float64": make_batch(mixed),
        "large scores": make_batch(mixed, dtype=torch.float32, scale=1e4),
        # Integers, so that there are several best trees.
        **{f"ties {seed}": make_batch([6, 4, 8], seed=seed) for seed in range(3)},
        "more words than a tile has": make_batch([70]),
        "no sentences": (torch.zeros(0, 4, 4), torch.zeros(0, dtype=torch.long)),
        "no words": (torch.zeros(2, 1, 1), torch.zeros(2, dtype=torch.long)),
        # The gradient scaler's business; here there has to be an end.
        "overflow": (torch.full((1, 7, 7), float("nan")), torch.tensor([6])),
    }
    for name, (scores, lengths) in batches.items():
        if name.startswith("ties"):
            scores = scores.round()
        for single_root in (True, False):
            key = f"{name}, {'one root' if single_root else 'any number of roots'}"
            yield key, {"scores": scores, "lengths": lengths, "single_root": single_root}
    scores, lengths = batches["float64"]
    turned = scores.transpose(1, 2).contiguous().transpose(1, 2)
    yield "not contiguous", {"scores": turned, "lengths": lengths, "single_root": True}


CASES = dict(cases())


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("interpreted")
    torch.save(list(CASES.values()), folder / "cases")
    process = run_python(
        *("-m", "tests.nn.interpreted", folder / "cases", folder / "heads"),
        variables={"TRITON_INTERPRET": "1"},
    )
    assert process.returncode == 0, process.stderr
    return dict(zip(CASES, torch.load(folder / "heads")))


@pytest.mark.parametrize("name", CASES)
def test_the_same_as_on_the_cpu(name, results):
    heads, arguments = results[name], CASES[name]
    assert heads.dtype == torch.long and heads.shape == arguments["scores"].shape[:2]
    if "overflow" not in name:
        assert torch.equal(heads, eisner_argmax(**arguments))


@pytest.mark.parametrize("capability", [75, 80, 90])
def test_it_compiles(capability):
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    from spigot_allennlp.nn.kernels.eisner_triton import _decode

    types = {"scores": "*fp32", "lengths": "*i64", "charts": "*fp64", "stacks": "*i32"}
    types.update(heads="*i64", stride="i32")
    compiled = triton.compile(
        ASTSource(
            fn=_decode,
            signature={name: types.get(name, "constexpr") for name in _decode.arg_names},
            constexprs={"single_root": True, "num_spans": 16, "num_splits": 64},
        ),
        target=GPUTarget("cuda", capability, 32),
    )
    assert compiled.asm["cubin"]
    # Nothing is spilled: every number has its register.
    assert "st.local" not in compiled.asm["ptx"]


@pytest.mark.gpu
@pytest.mark.parametrize("name", [name for name in CASES if "overflow" not in name])
def test_the_same_on_a_gpu(name):
    from spigot_allennlp.nn.kernels.eisner_triton import eisner_heads

    arguments = CASES[name]
    on_gpu = {"scores": arguments["scores"].cuda(), "lengths": arguments["lengths"].cuda()}
    heads = eisner_heads(**on_gpu, single_root=arguments["single_root"])
    assert heads.is_cuda and torch.equal(heads.cpu(), eisner_argmax(**arguments))

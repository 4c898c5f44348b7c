import pytest
import torch
from allennlp.common import Params
from allennlp.modules import Seq2SeqEncoder
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

import spigot_allennlp  # noqa: F401  registers the encoder
from spigot_allennlp.nn.prediction_mode import prediction_mode

MASK = torch.arange(7) < torch.tensor([[7], [1], [4]])


def encoder(num_layers=2, dropout=0.0, dtype=torch.float64):
    torch.manual_seed(1)
    params = {"input_size": 3, "hidden_size": 4, "num_layers": num_layers, "dropout": dropout}
    return Seq2SeqEncoder.from_params(Params({"type": "fused_lstm", **params})).to(dtype)


def lstm_of_torch(module):
    """`torch.nn.LSTM` that shares the module's weights."""
    num_layers = len(module._directions) // 2
    lstm = torch.nn.LSTM(3, 4, num_layers, batch_first=True, bidirectional=True)
    for i, direction in enumerate(module._directions):
        suffix = f"_l{i // 2}" + ("_reverse" if i % 2 else "")
        for name, weight in direction.named_parameters():
            setattr(lstm, name.replace("_l0", suffix), weight)
    return lstm


def by_torch(lstm, inputs, mask):
    lengths = mask.sum(dim=1)
    packed = pack_padded_sequence(inputs, lengths, batch_first=True, enforce_sorted=False)
    output, _ = lstm(packed)
    return pad_packed_sequence(output, batch_first=True, total_length=mask.size(1))[0]


@pytest.mark.parametrize("num_layers", [1, 2, 3])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("num_threads", [1, 2])
def test_is_the_lstm_of_torch(use_threads, num_layers, dtype, num_threads):
    use_threads(num_threads)
    module = encoder(num_layers, dtype=dtype)
    results = []
    for forward in (module, lambda *arguments: by_torch(lstm_of_torch(module), *arguments)):
        inputs = torch.randn(3, 7, 3, dtype=dtype, generator=torch.Generator().manual_seed(2))
        inputs.requires_grad_()
        module.zero_grad()
        output = forward(inputs, MASK)
        (output * torch.arange(8.0)).sum().backward()
        results.append([output, inputs.grad, *(p.grad.clone() for p in module.parameters())])
    for ours, theirs in zip(*results):
        torch.testing.assert_close(ours, theirs)
    assert (results[0][0][~MASK] == 0).all()


def test_batched_equals_one_by_one(without_numba):
    module = encoder()
    inputs = torch.randn(3, 7, 3, dtype=torch.float64)
    expected = module(inputs, MASK)

    def one_by_one():
        pairs = zip(inputs.split(1), MASK.split(1))
        return torch.cat([module(*pair) for pair in pairs])

    torch.testing.assert_close(one_by_one(), expected)
    torch.testing.assert_close(without_numba(one_by_one), expected)


def test_padding_does_not_matter():
    module = encoder()
    inputs = torch.randn(3, 7, 3, dtype=torch.float64)
    other = torch.where(MASK.unsqueeze(-1), inputs, inputs + 5.0)
    assert torch.equal(module(inputs, MASK), module(other, MASK))


def test_dropout_is_between_layers_and_in_training_alone():
    module = encoder(dropout=0.5)
    inputs = torch.randn(3, 7, 3, dtype=torch.float64)
    assert not torch.equal(module(inputs, MASK), module(inputs, MASK))
    module.eval()
    assert torch.equal(module(inputs, MASK), module(inputs, MASK))
    torch.testing.assert_close(module(inputs, MASK), by_torch(lstm_of_torch(module), inputs, MASK))
    single = encoder(num_layers=1, dropout=0.5)
    assert torch.equal(single(inputs, MASK), single(inputs, MASK))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("is_training", [True, False])
@pytest.mark.parametrize("frozen", ["nothing", "inputs", "weights", "leftward", "all"])
def test_threads_change_no_bit(use_threads, dtype, is_training, frozen):
    found = []
    for num_threads in (1, 2):
        use_threads(num_threads)
        module = encoder(dropout=0.5, dtype=dtype).train(is_training)
        inputs = torch.randn(3, 7, 3, dtype=dtype).requires_grad_(frozen not in ("inputs", "all"))
        if frozen in ("weights", "all"):
            module.requires_grad_(False)
        if frozen == "leftward":
            module._directions[1::2].requires_grad_(False)
        output = module(inputs, MASK)
        if frozen != "all":
            (output * torch.arange(8.0)).sum().backward()
        # The last one: whether as many random numbers have been drawn.
        found.append([output, inputs.grad, *(p.grad for p in module.parameters()), torch.rand(1)])
        assert output.requires_grad == (frozen != "all")
    for one, other in zip(*found):
        assert (one is None and other is None) or torch.equal(one, other)


def test_threads_keep_the_gradient_right(use_threads):
    use_threads(2)
    module = encoder()
    inputs = torch.randn(3, 7, 3, dtype=torch.float64, requires_grad=True)
    weights = dict(module.named_parameters())
    # Column by column the kernels are checked in tests/nn/lstm_test.py.
    assert torch.autograd.gradcheck(
        lambda inputs, *_: module(inputs, MASK), (inputs, *weights.values()), fast_mode=True
    )


def test_dimensions():
    module = encoder()
    assert module.get_input_dim() == 3
    assert module.get_output_dim() == 8
    assert module.is_bidirectional()


@pytest.mark.gpu
def test_cuda_is_the_same():
    module = encoder(dtype=torch.float32)
    inputs = torch.randn(3, 7, 3)
    expected = module(inputs, MASK)
    torch.testing.assert_close(
        module.cuda()(inputs.cuda(), MASK.cuda()).cpu(), expected, rtol=1e-4, atol=1e-5
    )


def test_the_weights_of_each_gate_start_orthonormal():
    for name, weight in encoder().named_parameters():
        if "weight" in name:
            for gate in weight.chunk(4):
                # The rows, or the columns where there are fewer.
                product = gate.t() @ gate if gate.size(0) > gate.size(1) else gate @ gate.t()
                identity = torch.eye(len(product), dtype=weight.dtype)
                torch.testing.assert_close(product, identity, atol=1e-6, rtol=0)


def test_in_prediction_mode_it_can_be_differentiated_by_cudnn(monkeypatch):
    """Which asks for the training mode, as `torch.nn.LSTM` keeps it there."""
    modes = []
    lstm = torch.lstm

    def spy(*arguments):
        modes.append(arguments[6])
        return lstm(*arguments)

    monkeypatch.setattr(torch, "lstm", spy)
    module = encoder(num_layers=1).train()
    inputs = torch.randn(3, 7, 3, dtype=torch.float64)
    with prediction_mode(module):
        module(inputs, MASK)
    assert modes == [True, True]
    module.eval()(inputs, MASK)
    assert modes[2:] == [False, False]

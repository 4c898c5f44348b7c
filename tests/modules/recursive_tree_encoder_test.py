import pytest
import torch
from allennlp.common.checks import ConfigurationError

from spigot_allennlp.modules import RecursiveTreeEncoder
from spigot_allennlp.nn.parts import heads_to_arcs

# Of heights 3, 4 and 1 from ROOT on; the last two are shorter than the batch.
HEADS = [[0, 2, 0, 2, 3, 3], [0, 0, 1, 2, 3], [0, 0, 0]]
HEIGHT = 3


def batch(dtype=torch.float64, input_dim=4):
    torch.manual_seed(1)
    heads = torch.zeros(len(HEADS), 6, dtype=torch.long)
    mask = torch.zeros(len(HEADS), 6, dtype=torch.bool)
    for row, tree in enumerate(HEADS):
        heads[row, : len(tree)] = torch.tensor(tree)
        mask[row, : len(tree)] = True
    encoded = torch.randn(len(HEADS), 6, input_dim, dtype=dtype)
    return encoded, heads_to_arcs(heads, mask).to(dtype)


def module(dtype=torch.float64, **options):
    torch.manual_seed(2)
    return RecursiveTreeEncoder(4, hidden_dim=5, **options).to(dtype).eval()


def vector_of(encoder, encoded, heads, node, height):
    """Of the subtree of a node, by recursion; `height` levels below the node are read."""
    hidden = encoder._own(encoded[node])
    children = [m for m in range(1, len(heads)) if heads[m] == node] if height else []
    for child in children:
        below = vector_of(encoder, encoded, heads, child, height - 1)
        hidden = hidden + encoder._children.weight @ torch.relu(encoder._message(below))
    return torch.tanh(encoder._output(torch.relu(hidden)))


@pytest.mark.parametrize("rounds", range(HEIGHT + 3))
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_is_the_recursion_over_each_tree(rounds, dtype):
    encoder, (encoded, arcs) = module(dtype, rounds=rounds), batch(dtype)
    expected = torch.stack(
        [
            sum(
                vector_of(encoder, encoded[row], heads, node, rounds)
                for node in range(1, len(heads))
                if heads[node] == 0
            )
            for row, heads in enumerate(HEADS)
        ]
    )
    torch.testing.assert_close(encoder(encoded, arcs), expected)


def test_more_rounds_than_the_height_change_nothing():
    encoded, arcs = batch()
    vectors = [module(rounds=rounds)(encoded, arcs) for rounds in (HEIGHT - 1, HEIGHT, HEIGHT + 4)]
    torch.testing.assert_close(vectors[1], vectors[2])
    assert not torch.allclose(vectors[0][1], vectors[1][1])


def test_the_gradient_of_arcs_on_and_off_is_exact():
    encoder = module(rounds=4)
    encoded, arcs = batch()
    assert torch.autograd.gradcheck(
        encoder, (encoded.requires_grad_(), arcs.requires_grad_()), eps=1e-7
    )
    encoder(encoded, arcs).sum().backward()
    # From any word of the sentence to any other node.
    assert (arcs.grad[1, 1:5, :5] != 0).all()


def test_without_rounds_an_expected_tree_is_read_as_the_mean_of_trees():
    encoder = module(rounds=0)
    encoded, arcs = batch()
    other = arcs.flip(0) * arcs.sum(dim=(1, 2), keepdim=True).clamp(max=1)
    mean = (encoder(encoded, arcs) + encoder(encoded, other)) / 2
    torch.testing.assert_close(encoder(encoded, (arcs + other) / 2), mean)


def test_a_sentence_is_read_alike_alone_and_in_a_batch():
    encoder, (encoded, arcs) = module(), batch()
    together = encoder(encoded, arcs)
    before = encoded.clone(), arcs.clone()
    for row, heads in enumerate(HEADS):
        size = len(heads)
        alone = encoder(encoded[row : row + 1, :size], arcs[row : row + 1, :size, :size])
        torch.testing.assert_close(alone[0], together[row])
    assert torch.equal(before[0], encoded) and torch.equal(before[1], arcs)


def test_what_stands_in_padding_is_not_read():
    encoder, (encoded, arcs) = module(), batch()
    expected = encoder(encoded, arcs)
    encoded[2, 3:] = 100.0
    torch.testing.assert_close(encoder(encoded, arcs), expected)


def test_the_dropout_of_a_node_is_the_same_in_all_rounds():
    encoded, arcs = batch()
    vectors = []
    for rounds in (HEIGHT, HEIGHT + 4):
        encoder = module(rounds=rounds, dropout=0.5).train()
        torch.manual_seed(3)
        vectors.append(encoder(encoded, arcs))
    torch.testing.assert_close(*vectors)
    assert not torch.allclose(vectors[0], encoder.eval()(encoded, arcs))


def test_asks_for_a_tree():
    with pytest.raises(ConfigurationError, match=r"has the shape \(1, 3, 3, 2\)"):
        module()(torch.zeros(1, 3, 4), torch.zeros(1, 3, 3, 2))
    with pytest.raises(ConfigurationError, match="rounds must not be negative but got -1"):
        module(rounds=-1)

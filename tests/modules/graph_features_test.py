import pytest
import torch
from allennlp.common.checks import ConfigurationError

from spigot_allennlp.modules import GraphFeatures

MASK = torch.tensor([[True, True, True, True], [True, True, False, False]])


def by_loops(module, encoded, mask, parts):
    """The formula, one node and one head at a time."""
    w_self, w_head = module._self, module._head.weight
    roles = module._roles[1].weight @ module._roles[0].weight
    batch_size, num_nodes, _ = encoded.shape
    result = torch.zeros(batch_size, num_nodes, w_self.out_features)
    for b in range(batch_size):
        for m in range(num_nodes):
            total = torch.zeros(w_self.out_features)
            num_heads = torch.tensor(0.0)
            for h in range(num_nodes):
                if m == 0 or m == h or not (mask[b, m] and mask[b, h]):
                    continue
                num_heads += parts[b, m, h, 0].detach()
                total += parts[b, m, h, 0] * (w_head @ encoded[b, h])
                total += roles @ parts[b, m, h, 1:]
            result[b, m] = torch.relu(w_self(encoded[b, m]) + total / max(1.0, num_heads.item()))
    return result


LEGAL = (MASK.unsqueeze(2) & MASK.unsqueeze(1) & ~torch.eye(4, dtype=torch.bool)).float()
LEGAL[:, 0] = 0


def random_parts(num_labels):
    torch.manual_seed(1)
    parts = torch.rand(2, 4, 4, 1 + num_labels)
    # The labels of a structure are off where there is no arc; its diagonal is that of predicates.
    parts[..., 1:] *= LEGAL.unsqueeze(-1)
    return parts


def test_is_the_formula():
    module = GraphFeatures(input_dim=5, output_dim=7, num_labels=3, role_dim=2)
    encoded, parts = torch.randn(2, 4, 5), random_parts(3)
    actual, expected = module(encoded, MASK, parts), by_loops(module, encoded, MASK, parts)
    torch.testing.assert_close(actual, expected)


def test_no_gradient_through_the_number_of_heads():
    module = GraphFeatures(input_dim=5, output_dim=7, num_labels=3)
    encoded = torch.randn(2, 4, 5)
    gradients = []
    for features in (module, lambda *arguments: by_loops(module, *arguments)):
        parts = random_parts(3).requires_grad_()
        (features(encoded, MASK, parts) * torch.arange(7.0)).sum().backward()
        gradients.append(parts.grad * LEGAL.unsqueeze(-1))
        assert (parts.grad.diagonal(dim1=1, dim2=2)[:, 0] == 0).all()
    torch.testing.assert_close(*gradients)
    # Arcs that are off get a gradient as well.
    assert (gradients[0][0, 1:, :, 0] != 0).sum() == 9


def test_arcs_without_labels():
    module = GraphFeatures(input_dim=5, output_dim=7)
    encoded, heads = torch.randn(1, 3, 5), [0, 2, 0]
    arcs = torch.nn.functional.one_hot(torch.tensor([heads]), 3).float()
    mask = torch.ones(1, 3, dtype=torch.bool)
    features = module(encoded, mask, arcs)
    weight = module._head.weight
    expected = module._self(encoded[0, 1]) + weight @ encoded[0, 2]
    torch.testing.assert_close(features[0, 1], torch.relu(expected))
    torch.testing.assert_close(features[0, 0], torch.relu(module._self(encoded[0, 0])))


@pytest.mark.parametrize("num_labels", [0, 3])
def test_half_precision_parts(num_labels):
    module = GraphFeatures(input_dim=5, output_dim=7, num_labels=num_labels)
    encoded, parts = torch.randn(2, 4, 5), random_parts(3).round()
    parts = parts if num_labels else parts[..., 0]
    torch.testing.assert_close(
        module(encoded, MASK, parts.half()), module(encoded, MASK, parts.float())
    )


def test_a_tree_where_a_graph_is_read():
    module = GraphFeatures(input_dim=3, output_dim=5, num_labels=2, role_dim=4)
    with pytest.raises(ConfigurationError, match=r"\(2, 4, 4\), which is that of trees\. Put a"):
        module(torch.zeros(2, 4, 3), MASK, torch.zeros(2, 4, 4))

"""
What a structure is, and the one tensor convention of this library.

* A sentence has `num_nodes = 1 + num_words` nodes. Node 0 is ROOT; the dataset reader adds it, so
  that tokens, masks and arcs all have `num_nodes` entries.
* `mask` is `(batch_size, num_nodes)`, true for ROOT and the words, which come first. A row that is
  false everywhere is a sentence with no structure to speak of: all results are 0.
* Scores, parts, marginals and points are floating-point `(batch_size, num_nodes, num_nodes,
  *part)`, indexed **`[batch, modifier, head]`**. A tree has no part axis; a labeled graph has one
  (see `LabeledGraphs`).
* Structures mask: callers pass raw scores, and whatever is no part of a sentence is 0 in every
  result and receives no gradient.
* A score of `-inf` forbids its part: the part is not in the argmax, its marginal, its projection
  and its gradient are 0, and the partition function sums over the structures without it. So does,
  in a tree, a score that is `bounded_scores.LARGEST_SCORE` below the best of its word. `+inf` and
  NaN are a `ValueError` (see `checks.check_inputs`).
"""

from typing import Optional, Tuple

import torch
from torch import Tensor

from spigot_allennlp.common import ConfigurationError, Registrable
from spigot_allennlp.nn.parts import legal_parts
from spigot_allennlp.nn.tree_distributions import gradient_of


class Structure(Registrable):
    """
    A set of structures over the nodes of a sentence: the vertices of a polytope.

    A structure has options and neither parameters nor state, and every method is a function of its
    arguments, which it leaves as they are. Results have the dtype and the device of the scores;
    half precision is computed in `float32`, in which `log_partition` and the scores of `top_k`
    stay, as sums of a sentence need it.
    """

    default_implementation = "projective_trees"

    limits: Tuple[str, ...] = ()
    """What parts may have and no structure has, with what helps: see `exceeds`."""

    def argmax(self, scores: Tensor, mask: Tensor) -> Tensor:
        """
        The structure with the highest sum of scores.

        # Parameters

        scores : `FloatTensor`
            `(batch_size, num_nodes, num_nodes, *part)`.
        mask : `BoolTensor`
            `(batch_size, num_nodes)`.

        # Returns

        `FloatTensor`
            The shape of `scores`: exactly 0 and 1, also on ties, and without a gradient.
        """
        raise self._lacks("argmax")

    def log_partition(self, scores: Tensor, mask: Tensor) -> Tensor:
        """
        The logarithm of the sum over all structures of the exponential of their score.

        # Returns

        `FloatTensor`
            `(batch_size,)`, differentiable twice.
        """
        raise self._lacks("log_partition")

    def marginals(self, scores: Tensor, mask: Tensor) -> Tensor:
        """
        The expected structure under the Gibbs distribution of the scores, differentiable. The shape
        of `scores`.

        It is the gradient of `log_partition`, which is how this default computes it.
        """
        return gradient_of(lambda variables: self.log_partition(variables, mask), scores)

    def sample(
        self,
        scores: Tensor,
        mask: Tensor,
        num_samples: int = 1,
        generator: Optional[torch.Generator] = None,
    ) -> Tensor:
        """
        Independent structures from the Gibbs distribution of the scores, in which the probability
        of a structure is proportional to the exponential of its score. They are exact samples.

        # Parameters

        scores, mask
            As for `argmax`.
        num_samples : `int`, optional (default = `1`)
            Of each sentence.
        generator : `torch.Generator`, optional
            Gives the random numbers, on its own device; torch's own by default, so that
            `torch.manual_seed` fixes the samples.

        # Returns

        `FloatTensor`
            `(num_samples, *scores.shape)`: exactly 0 and 1, and without a gradient.

        # Raises

        `ValueError`
            On the CPU, when every structure of a sentence has a forbidden part.
        """
        raise self._lacks("sample")

    def entropy(self, scores: Tensor, mask: Tensor) -> Tensor:
        """
        The entropy of the Gibbs distribution of the scores, in nats: `(batch_size,)`,
        differentiable once. It is `log Z(s) - <s, m(s)>` with the marginals `m`.
        """
        centered = self.centered(scores, mask)
        marginals = self.marginals(centered, mask)
        entropy = self.log_partition(centered, mask) - _inner(marginals, centered)
        # Not below 0 by rounding.
        return entropy.clamp(min=0.0).to(scores.dtype)

    def kl_divergence(self, scores: Tensor, other_scores: Tensor, mask: Tensor) -> Tensor:
        """
        The Kullback-Leibler divergence `KL(p || q)` of the Gibbs distribution `p` of the scores
        from that of other scores, `q`, in nats: `(batch_size,)`, differentiable once in both.

        It is `<s - t, m(s)> - log Z(s) + log Z(t)`, and infinite, with a gradient of 0, where a
        structure that has a share in `p` has a part that `q` forbids.
        """
        centered, other = self.centered(scores, mask), self.centered(other_scores, mask)
        marginals = self.marginals(centered, mask)
        lacks = (marginals > 0) & (other == -torch.inf)
        others = other.masked_fill(lacks, 0.0)
        # Part by part, so that distributions that are the same are exactly that.
        difference = _inner(marginals, centered - others)
        log_ratio = self.log_partition(other, mask) - self.log_partition(centered, mask)
        is_infinite = lacks.flatten(1).any(dim=1) | (log_ratio == -torch.inf)
        divergence = (difference + log_ratio).clamp(min=0.0)
        return divergence.masked_fill(is_infinite, torch.inf).to(scores.dtype)

    def minimum_risk(self, scores: Tensor, mask: Tensor) -> Tensor:
        """
        The structure with the fewest expected errors under the Gibbs distribution of the scores,
        counted on `counted_parts` (minimum Bayes risk; Goodman 1996, for dependency trees Smith and
        Smith 2007). The shape of `scores`, as for `argmax`.

        A tree has the most expected right arcs. A graph has the labeled arcs that are more probable
        than not, as far as its restrictions allow.
        """
        centered = self.centered(scores.detach(), mask)
        # A part that is on is an error where it should be off, and the other way round.
        gains = 2 * self.marginals(centered, mask) - 1
        gains = gains.masked_fill(~self.counted_parts(scores, mask), 0.0)
        gains = gains.masked_fill(centered == -torch.inf, -torch.inf)
        return self.argmax(gains, mask).to(scores.dtype)

    def centered(self, scores: Tensor, mask: Tensor) -> Tensor:
        """
        Scores in `float64` with the same Gibbs distribution, and `-inf` where a part is forbidden:
        the scores themselves, by default. Differentiable.
        """
        return scores.double()

    def project(self, point: Tensor, mask: Tensor) -> Tensor:
        """
        `point` mapped to a polytope that contains every structure and fixes each of them.

        Which polytope, and whether the map is the Euclidean projection, is said by the
        implementation.

        # Parameters

        point : `FloatTensor`
            `(batch_size, num_nodes, num_nodes, *part)`.

        # Returns

        `FloatTensor`
            The shape of `point`.
        """
        raise self._lacks("project")

    def sparse_marginals(self, scores: Tensor, mask: Tensor) -> Tensor:
        """
        The point `x` of the structures' polytope with the highest `<scores, x> - ||x||^2 / 2`, an
        average of few structures, differentiable once (SparseMAP, Niculae et al. 2018). The shape
        of `scores`.

        # Raises

        `ConfigurationError`
            By default: the structure has no such projection.
        """
        raise ConfigurationError(
            f"{type(self).__name__} has no projection that can be differentiated. Give it a method "
            "`sparse_marginals`, or take an estimator other than 'sparsemap'."
        )

    def support(self, scores: Tensor, mask: Tensor) -> Tensor:
        """
        The entries that are parts of a sentence, in a shape that broadcasts to `scores`: arcs
        between different nodes, none of which leads to ROOT, by default.
        """
        return legal_parts(mask, scores)

    def restrict(self, values: Tensor, mask: Tensor) -> Tensor:
        """
        A copy of `values`, in the shape of scores, without a gradient: 0 where they do not belong
        to parts of a sentence, whatever stood there.
        """
        return values.detach().masked_fill(~self.support(values, mask), 0.0)

    def without_invariant_directions(self, values: Tensor, candidates: Tensor) -> Tensor:
        """
        `values` less what changes no decision: their orthogonal projection along the directions in
        which the structures do not differ, such as a constant for all heads of a word.

        # Parameters

        values : `FloatTensor`
            `(batch_size, num_nodes, num_nodes, *part)`, finite.
        candidates : `BoolTensor`
            The same shape: the parts that structures may have.

        # Returns

        `FloatTensor`
            The shape of `values`; 0 where there is no candidate.

        # Raises

        `ConfigurationError`
            By default: the structure does not say which directions these are.
        """
        raise ConfigurationError(
            f"{type(self).__name__} does not say which changes of its scores change no decision. "
            "Give it a method `without_invariant_directions`, or take an estimator other than "
            "'identity_projection'."
        )

    def counted_parts(self, scores: Tensor, mask: Tensor) -> Tensor:
        """
        The parts on which a decoding error is counted, in a shape that broadcasts to `scores`: all
        by default.
        """
        return self.support(scores, mask)

    def contains(self, parts: Tensor, mask: Tensor) -> Tensor:
        """
        Whether 0/1 `parts`, `(batch_size, num_nodes, num_nodes, *part)`, are one of the structures:
        `(batch_size,)`.
        """
        raise self._lacks("contains")

    def exceeds(self, parts: Tensor, mask: Tensor) -> Tensor:
        """
        Which of `limits` 0/1 `parts` exceed, `(batch_size, len(limits))`: why `contains` is false.
        """
        return mask.new_zeros(mask.size(0), 0)

    def _lacks(self, method: str) -> NotImplementedError:
        return NotImplementedError(
            f"{type(self).__name__} has no method `{method}`, which is needed here."
        )


def _inner(marginals: Tensor, values: Tensor) -> Tensor:
    """The expected sum of values, `(batch_size,)`; what has no share in it may be infinite."""
    return (marginals * values.masked_fill(marginals == 0, 0.0)).flatten(1).sum(dim=1)

"""
The task with a categorical latent variable of Mihaylova, Niculae and Martins (2020, section 5.1),
and harder ones of its kind.

A sentence is a point near one of several centers. Its class is on which side it lies of a plane
through its cluster, and each cluster has a plane of its own: who knows the cluster has an easy
task, and a linear classifier cannot solve it.
"""

import hashlib
from typing import NamedTuple

import torch
from torch import Tensor


class Setting(NamedTuple):
    """
    # Parameters

    name : `str`
    clusters : `int`
        Of the data.
    categories : `int`
        Of the latent variable.
    noise : `float`
        Standard deviation of the features within a cluster.
    center_scale : `float`
        Standard deviation of the features of the centers.
    sentences : `int`
        To train on.
    held_out : `int`
        In the development set, and as many in the test set.
    labeled : `int`
        Sentences whose cluster is known, from which the encoder is trained before; 0 for an encoder
        that starts from random weights.
    features : `int`
    num_steps : `int`
        Of training. The published number is 10,000, with lower learning rates.
    data_seed : `int`
    """

    name: str
    clusters: int
    categories: int
    noise: float = 0.1
    center_scale: float = 1.0
    sentences: int = 5000
    held_out: int = 1000
    labeled: int = 0
    features: int = 100
    num_steps: int = 400
    data_seed: int = 42


_HARDER = {"features": 20, "sentences": 1000, "num_steps": 300}

SETTINGS = {
    setting.name: setting
    for setting in (
        Setting("published, 3 clusters", 3, 3),
        Setting("wide clusters", 10, 10, noise=1.0, **_HARDER),
        Setting("overlapping clusters", 10, 10, noise=1.0, center_scale=0.6, **_HARDER),
        Setting(
            "overlapping clusters, trained encoder",
            *(10, 10),
            noise=1.0,
            center_scale=0.6,
            labeled=100,
            **_HARDER,
        ),
        Setting("twice the categories", 10, 20, noise=1.0, **_HARDER),
        Setting("published, 10 clusters", 10, 10),
    )
}


class Part(NamedTuple):
    """Sentences: the training, development or test set."""

    features: Tensor
    """`(num_sentences, num_features)`, `float32`."""
    clusters: Tensor
    """`(num_sentences,)`, `int64`."""
    classes: Tensor
    """`(num_sentences,)`, `bool`."""


class Data(NamedTuple):
    train: Part
    dev: Part
    test: Part

    def digest(self) -> str:
        """12 hexadecimal digits of the SHA-256 of all numbers."""
        content = hashlib.sha256()
        for part in self:
            for values in part:
                content.update(values.numpy().tobytes())
        return content.hexdigest()[:12]


def generate(setting: Setting) -> Data:
    """
    Draws centers, planes and sentences from `setting.data_seed`. The planes go through the mean of
    the training sentences of their cluster, and are the same for the development and the test set.

    Raises `ValueError` when a cluster has no training sentence.
    """
    generator = torch.Generator().manual_seed(setting.data_seed)
    shape = (setting.clusters, setting.features)
    centers = setting.center_scale * torch.randn(shape, generator=generator)
    normals = torch.randn(shape, generator=generator)
    drawn = []
    for number in (setting.sentences, setting.held_out, setting.held_out):
        clusters = torch.randint(setting.clusters, (number,), generator=generator)
        around = setting.noise * torch.randn(number, setting.features, generator=generator)
        features = centers[clusters] + around
        drawn.append((features, clusters, (features * normals[clusters]).sum(dim=1)))
    _, clusters, heights = drawn[0]
    counts = clusters.bincount(minlength=setting.clusters)
    if not counts.all():
        raise ValueError(
            f"{setting.name}: none of {setting.sentences} training sentences is of cluster "
            f"{int((counts == 0).nonzero()[0])}. Draw more, or from another data_seed."
        )
    thresholds = heights.new_zeros(setting.clusters).index_add(0, clusters, heights) / counts
    return Data(*(Part(x, z, height > thresholds[z]) for x, z, height in drawn))

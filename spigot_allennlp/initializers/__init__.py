"""Initial values of a model's parameters."""

from spigot_allennlp.initializers.trained_model import TrainedModelInitializer

__all__ = ["TrainedModelInitializer"]

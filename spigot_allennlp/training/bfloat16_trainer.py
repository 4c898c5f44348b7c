from typing import Any

from allennlp.models import Model
from allennlp.training import GradientDescentTrainer, Trainer
from overrides import overrides

from spigot_allennlp.nn.bfloat16 import compute_in_bfloat16


@Trainer.register("bfloat16", constructor="from_partial_objects")
class Bfloat16Trainer(GradientDescentTrainer):
    """
    AllenNLP's default trainer, `gradient_descent`, for a model whose encoders and scorers compute
    in bfloat16 on the CPU, if the processor does so: see `compute_in_bfloat16`. Parameters, their
    gradients, the optimizer and what is saved are in single precision, so that archives and
    checkpoints are as any other.

    Registered as a `Trainer` with name "bfloat16", with the parameters of AllenNLP's. Raises
    `ConfigurationError` for a model on a GPU.
    """

    @overrides(check_signature=False)
    def __init__(self, model: Model, *arguments: Any, **options: Any) -> None:
        super().__init__(model, *arguments, **options)
        compute_in_bfloat16(model)

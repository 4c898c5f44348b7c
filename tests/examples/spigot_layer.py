import torch

from spigot_allennlp.estimators import Spigot
from spigot_allennlp.structures import ProjectiveTrees

scores = torch.randn(2, 6, 6, requires_grad=True)  # [sentence, modifier, head]; 0 is ROOT
mask = torch.tensor([[True] * 6, [True] * 4 + [False] * 2])
tree = Spigot(step_size=1.0)(scores, mask, ProjectiveTrees())  # 0 and 1, one head per word
loss = (tree @ torch.randn(2, 6, 8)).tanh().sum()  # whatever reads the tree
loss.backward()
print(tree.argmax(dim=-1), scores.grad)

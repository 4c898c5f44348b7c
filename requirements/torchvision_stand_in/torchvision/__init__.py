"""Stands in for torchvision, which AllenNLP imports and text models do not use."""

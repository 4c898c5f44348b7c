"""
An empty `torchvision`, for environments without a build that matches their torch.

AllenNLP imports torchvision when it starts, and only its vision models use it. The distribution is
not called `torchvision`, so that libraries that ask the metadata do not believe it is there.
"""

from setuptools import setup

setup(
    name="spigot-torchvision-stand-in",
    version="1.0",
    description="Empty torchvision modules that let AllenNLP start without torchvision",
    packages=["torchvision", "torchvision.ops"],
)

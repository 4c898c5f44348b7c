from spigot_allennlp.dataset_readers.conll_dependencies import ConllDependenciesReader
from spigot_allennlp.dataset_readers.sdp import SdpReader

__all__ = ["ConllDependenciesReader", "SdpReader"]

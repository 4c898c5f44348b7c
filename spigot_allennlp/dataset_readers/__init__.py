from spigot_allennlp.dataset_readers.conll_dependencies import ConllDependenciesReader
from spigot_allennlp.dataset_readers.sdp import SdpReader
from spigot_allennlp.dataset_readers.sst import SstReader
from spigot_allennlp.dataset_readers.word_characters import WordCharactersIndexer

__all__ = ["ConllDependenciesReader", "SdpReader", "SstReader", "WordCharactersIndexer"]

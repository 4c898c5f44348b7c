from spigot_allennlp.dataset_readers.sdp import SdpReader

__all__ = ["SdpReader"]

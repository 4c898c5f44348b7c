"""Parts of `allennlp tune-estimators`."""

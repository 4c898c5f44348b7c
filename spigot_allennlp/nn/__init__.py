"""Plain functions on tensors: the algorithms behind the registered classes."""

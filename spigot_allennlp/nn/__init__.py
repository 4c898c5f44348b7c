"""
Plain functions on tensors: the algorithms behind the registered classes.

`backend` says which way is taken. `kernels` holds what numba compiles. It has no `__init__`:
AllenNLP's `--include-package` imports every module that it finds, and these import a compiler, so
that they are imported where one is first used. They are serial and release the GIL; numba's
parallel mode changes torch's number of threads and does not survive a fork. Each of the modules
holds all that its kernels call: numba's cache does not notice when a function in another file has
changed.
"""

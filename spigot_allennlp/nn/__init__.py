"""
Plain functions on tensors: the algorithms behind the registered classes.

`kernels` holds what numba and Triton compile. It has no `__init__`: AllenNLP's `--include-package`
imports every module that it finds, and these import a compiler, so that the functions here import
them where one is first used. Those of numba are serial and release the GIL; its parallel mode
changes torch's number of threads and does not survive a fork. Each of its modules holds all that
its kernels call: numba's cache does not notice when a function in another file has changed.
"""

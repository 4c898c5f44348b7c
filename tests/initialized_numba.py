"""numba as it is once it has compiled something, which takes as long as a training here."""

import numba

numba.njit(lambda: None)()

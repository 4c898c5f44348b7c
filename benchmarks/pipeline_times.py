"""The times of programs that take turns."""

import time
from typing import Callable, Dict, List, NamedTuple


class Seconds(NamedTuple):
    """The shortest times of some work."""

    wall: float
    cpu: float


def best_times(work: Dict[str, List[Callable[[], None]]], repetitions: int) -> Dict[str, Seconds]:
    """
    For each program the sum over its pieces of work of the shortest time; the programs take turns
    at each piece, after one round that does not count.
    """
    walls: Dict[str, List[List[float]]] = {name: [] for name in work}
    cpus: Dict[str, List[List[float]]] = {name: [] for name in work}
    for _ in range(repetitions + 1):
        for name in work:
            walls[name].append([])
            cpus[name].append([])
        for pieces in zip(*work.values()):
            for name, piece in zip(work, pieces):
                wall, cpu = time.perf_counter(), time.process_time()
                piece()
                cpus[name][-1].append(time.process_time() - cpu)
                walls[name][-1].append(time.perf_counter() - wall)
    return {
        name: Seconds(sum(map(min, zip(*walls[name][1:]))), sum(map(min, zip(*cpus[name][1:]))))
        for name in work
    }

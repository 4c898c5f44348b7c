"""
Measures `spigot parse` in one process and by workers: sentences per second, and memory.

    python benchmarks/scale.py --output runs/scale --sentences 6000 --workers 1 2

The sentences are those of `--text`, a corpus, as raw text with one on each line, again and again.
Each run is a process of its own, and their outputs must be the same to the byte. Sentences per
second are those that the program tells, of workers with their start. The table is printed and
written to `scale.md`, with the CPU time of all processes, which other programs on the machine
change less than the seconds, and the largest resident memory of a worker and of the program.
"""

import argparse
import itertools
import os
import platform
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Dict, List, NamedTuple, Optional

import psutil

from bilexical.formats.corpus_files import detect_format, read_sentences


class Run(NamedTuple):
    """Seconds as the program says, CPU seconds, and MiB of a worker and of the program."""

    num_sentences: int
    per_second: float
    seconds: float
    cpu_seconds: float
    worker: float
    program: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().split("\n")[0])
    parser.add_argument("--output", type=Path, required=True, help="folder of the table")
    parser.add_argument("--text", type=Path, default="data/toy/train.sdpx")
    parser.add_argument("--sentences", type=int, default=6000)
    parser.add_argument("--model", default="en_dm")
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=1, help="of all runs, in turns")
    parser.add_argument("--only-workers", action="store_true", help="leave out the one process")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    text = arguments.output / "input.txt"
    write_text(arguments.text, text, arguments.sentences)
    load = os.getloadavg()[0]
    choices = [*([] if arguments.only_workers else [None]), *arguments.workers]
    found: Dict[Optional[int], List[Run]] = {choice: [] for choice in choices}
    for _ in range(arguments.rounds):
        for choice in choices:
            found[choice].append(measure(text, arguments.output, arguments.model, choice))
            print(f"{choice}: {found[choice][-1]}", file=sys.stderr)
    table = "\n".join(
        [
            f"{arguments.sentences} sentences, {arguments.model}, {os.cpu_count()} CPUs "
            f"({platform.machine()}), load average before: {load:.1f}. The best of "
            f"{arguments.rounds} rounds.",
            "",
            *tabulate(found),
        ]
    )
    print(table)
    (arguments.output / "scale.md").write_text(table + "\n", encoding="utf-8")


def write_text(source: Path, target: Path, number: int) -> None:
    """The words of so many sentences of a corpus, which is repeated, as lines."""
    lines = list(map(str, read_sentences(source, detect_format(source))))
    with open(target, "w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in itertools.islice(itertools.cycle(lines), number))


def measure(text: Path, folder: Path, model: str, workers: Optional[int]) -> Run:
    """A run, whose output is compared with that of the first."""
    output = folder / "parsed.jsonl"
    command = [sys.executable, "-m", "bilexical", "parse", str(text), "--from", "lines"]
    command += ["--model", model, "-o", str(output)]
    command += [] if workers is None else ["--workers", str(workers)]
    start = time.monotonic()
    process = subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    used = Used(process.pid)
    _, said = process.communicate()
    seconds = time.monotonic() - start
    if process.returncode not in (0, 1):
        raise SystemExit(said)
    *_, summary = said.splitlines()
    first = folder / "first.jsonl"
    if not first.exists():
        output.rename(first)
    elif output.read_bytes() != first.read_bytes():
        raise SystemExit(f"{output} and {first} differ. Remove {first} if it is of another input.")
    num_sentences, per_second = summary.split()[0], summary.split(" left out, ")[1].split()[0]
    worker, program = used.memory()
    return Run(int(num_sentences), float(per_second), seconds, used.cpu_seconds(), worker, program)


class Used:
    """Looks every half second at what a process and its workers use."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._cpu: Dict[int, float] = {}
        self._memory: Dict[int, int] = {}
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def _look(self) -> None:
        while True:
            try:
                process = psutil.Process(self._pid)
                if process.status() == psutil.STATUS_ZOMBIE:
                    return
                for each in [process, *process.children(recursive=True)]:
                    times = each.cpu_times()
                    self._cpu[each.pid] = times.user + times.system
                    memory = each.memory_info().rss
                    self._memory[each.pid] = max(self._memory.get(each.pid, 0), memory)
            except psutil.NoSuchProcess:
                if not psutil.pid_exists(self._pid):
                    return
            time.sleep(0.5)

    def cpu_seconds(self) -> float:
        """Of all processes."""
        self._thread.join()
        return sum(self._cpu.values())

    def memory(self) -> "tuple[float, float]":
        """MiB of the largest worker, or 0, and of the program."""
        self._thread.join()
        workers = [used for pid, used in self._memory.items() if pid != self._pid]
        return max(workers, default=0) / 2**20, self._memory.get(self._pid, 0) / 2**20


def tabulate(found: Dict[Optional[int], List[Run]]) -> List[str]:
    lines = [
        "| processes | sentences/s | times one | whole run | CPU time | a worker | the program |",
        "|---|---|---|---|---|---|---|",
    ]
    best = {choice: max(runs, key=lambda run: run.per_second) for choice, runs in found.items()}
    one = next(iter(best.values())).per_second
    for choice, run in best.items():
        name = "one, without Dask" if choice is None else f"{choice} worker{'s' * (choice > 1)}"
        lines.append(
            f"| {name} | {run.per_second:.1f} | {run.per_second / one:.2f} | {run.seconds:.0f} s | "
            f"{run.cpu_seconds:.0f} s | {run.worker:.0f} MiB | {run.program:.0f} MiB |"
        )
    return lines


if __name__ == "__main__":
    main()

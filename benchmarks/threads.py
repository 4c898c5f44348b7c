"""
Measures training steps with the threads that torch would take, and with those that we choose.

    python benchmarks/threads.py --output runs/threads --busy 3

Each choice is a process of its own, in turns, beside as many busy processes as `--busy` says. The
table is printed and written to `threads.md`.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Dict, Iterator, List

import torch

WORK = Path(__file__).with_name("threads_work.py")
# What is set before torch is loaded, which is why each is a process.
CHOICES: Dict[str, Dict[str, str]] = {
    "ours": {},
    "one thread": {"OMP_NUM_THREADS": "1"},
    "torch's default": {},
    "OMP_WAIT_POLICY=passive": {"OMP_WAIT_POLICY": "passive"},
    "GOMP_SPINCOUNT=1000": {"GOMP_SPINCOUNT": "1000"},
    "GOMP_SPINCOUNT=5000": {"GOMP_SPINCOUNT": "5000"},
    "GOMP_SPINCOUNT=20000": {"GOMP_SPINCOUNT": "20000"},
}
VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OMP_WAIT_POLICY", "GOMP_SPINCOUNT")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().split("\n")[0])
    parser.add_argument("--output", type=Path, required=True, help="folder of the table")
    parser.add_argument("--busy", type=int, default=0, help="processes that only take time")
    parser.add_argument("--choices", nargs="+", default=list(CHOICES), choices=list(CHOICES))
    parser.add_argument("--train", default="data/toy/train.sdpx", help="trees and graphs (.sdpx)")
    parser.add_argument("--configs", nargs="*", default=["sdp_spigot"], help="in training_configs/")
    parser.add_argument("--sizes", default="{}", help="JSON, over those of the configurations")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each kind of step at a time")
    parser.add_argument("--rounds", type=int, default=3, help="of all choices, in turns")
    arguments = parser.parse_args()
    load = os.getloadavg()[0]
    found: Dict[str, List[Dict[str, float]]] = {choice: [] for choice in arguments.choices}
    with busy_processes(arguments.busy):
        for number in range(arguments.rounds):
            for choice in arguments.choices:
                found[choice].append(measure(choice, arguments))
                print(f"round {number + 1}: {choice}: {found[choice][-1]}", file=sys.stderr)
    lines = [
        f"Milliseconds of a training step on {os.cpu_count()} CPUs ({platform.machine()}), torch "
        f"{torch.__version__}, beside {arguments.busy} busy processes (load average before: "
        f"{load:.1f}). The median of {arguments.rounds} interleaved rounds, each the mean of "
        f"{arguments.seconds:g} s.",
        "",
        *tabulate(found),
    ]
    table = "\n".join(lines)
    print(table)
    arguments.output.mkdir(parents=True, exist_ok=True)
    (arguments.output / "threads.md").write_text(table + "\n", encoding="utf-8")


@contextmanager
def busy_processes(number: int) -> Iterator[None]:
    # They end with this process, also if it is killed.
    work = f"import os\nwhile os.getppid() == {os.getpid()}: pass"
    processes = [subprocess.Popen([sys.executable, "-S", "-c", work]) for _ in range(number)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def measure(choice: str, arguments: argparse.Namespace) -> Dict[str, float]:
    """For each kind of step its seconds, in a process of its own."""
    environment = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    options = ["--train", arguments.train, "--sizes", arguments.sizes]
    options += ["--seconds", str(arguments.seconds), "--configs", *arguments.configs]
    if choice == "ours":
        options.append("--ours")
    process = subprocess.run(
        [sys.executable, str(WORK), *options],
        env={**environment, **CHOICES[choice]},
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(process.stdout)


def tabulate(found: Dict[str, List[Dict[str, float]]]) -> List[str]:
    """A row for each choice: milliseconds, and how many times those of the best choice."""
    medians = {
        choice: {kind: median(each[kind] for each in rounds) for kind in rounds[0]}
        for choice, rounds in found.items()
    }
    kinds = list(next(iter(medians.values())))
    columns = [cell for kind in kinds for cell in (f"{kind}: ms", "/ best")]
    lines = ["| threads | " + " | ".join(columns) + " |", "|---" * (1 + len(columns)) + "|"]
    for choice, row in medians.items():
        cells = [choice]
        for kind in kinds:
            best = min(other[kind] for other in medians.values())
            cells += [f"{1000 * row[kind]:.0f}", f"{row[kind] / best:.2f}"]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


if __name__ == "__main__":
    main()

"""
Measures the kernels of the structures, beside other libraries.

    python benchmarks/kernels.py --output runs/kernels

All programs run in one process and in turns, on the same batches, and the shortest time of each
counts. Other libraries are measured where they are installed (`pip install '.[peers]'`). The table
is printed and written to `kernels.md`, the growth with the sentences' length drawn in
`kernels.svg`.
"""

import argparse
import math
import os
import platform
import sys
import time
import warnings
from pathlib import Path
from typing import Dict, List, NamedTuple, Sequence

import torch
from kernel_peers import installed_peers
from kernel_programs import Kernel, Problem, kernels
from torch import Tensor

# Words per sentence; see `wsj_lengths` for the first one.
WSJ = "WSJ"
SIZES = ["10", "20", "40", "80", "160"]


class Measurement(NamedTuple):
    """Of one program on one batch."""

    seconds: float
    difference: float
    """The largest difference from this library's result on any part of a sentence."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().split("\n")[0])
    parser.add_argument("--output", type=Path, required=True, help="folder of table and plot")
    parser.add_argument("--sentences", type=int, default=32, help="per batch")
    parser.add_argument("--sizes", nargs="+", default=[WSJ, *SIZES], help="WSJ, or words")
    parser.add_argument("--only", default="", help="kernels whose name contains this")
    parser.add_argument("--seconds", type=float, default=1.0, help="for each program and batch")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", type=torch.device, default="cpu", help="where the scores are")
    parser.add_argument("--no-peers", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    warnings.filterwarnings("ignore")
    load = os.getloadavg()[0]
    peers, missing = ({}, []) if arguments.no_peers else installed_peers()
    chosen = [kernel for kernel in kernels(peers) if arguments.only in kernel.title]
    measured = {
        kernel.title: {size: measure(kernel, size, arguments) for size in arguments.sizes}
        for kernel in chosen
    }
    table = "\n".join([describe(arguments, load), "", *tabulate(chosen, measured, arguments.sizes)])
    table += "".join(f"\n\nLeft out: {message}." for message in missing)
    print(table)
    arguments.output.mkdir(parents=True, exist_ok=True)
    (arguments.output / "kernels.md").write_text(table + "\n", encoding="utf-8")
    draw(measured, arguments.output / "kernels.svg")


def describe(arguments: argparse.Namespace, load: float) -> str:
    mean = wsj_lengths(arguments.sentences).double().mean()
    return (
        f"Milliseconds for a batch of {arguments.sentences} sentences; {arguments.threads} of "
        f"{os.cpu_count()} CPUs ({platform.machine()}), load average before and after {load:.1f} "
        f"and {os.getloadavg()[0]:.1f}; scores on {arguments.device}; torch {torch.__version__}, "
        f"Python {platform.python_version()}. {WSJ}: lengths like those of the Wall Street "
        f"Journal, mean {mean:.1f}, longest 60. Ratio: time over that of spigot_allennlp. Growth: "
        "the exponent of the length, between the last two doublings. Difference: the largest one "
        "from the result of spigot_allennlp, in heads (number of words with another head) or "
        "marginals."
    )


def wsj_lengths(num_sentences: int) -> Tensor:
    """Lengths of a skewed distribution of mean 24, of which the longest is 60."""
    generator = torch.Generator().manual_seed(1)
    shares = torch.empty(num_sentences).exponential_(generator=generator)
    shares += torch.empty(num_sentences).exponential_(generator=generator)
    lengths = (12 * shares).round().long().clamp(2, 60)
    lengths[0] = 60
    return lengths


def measure(kernel: Kernel, size: str, arguments: argparse.Namespace) -> Dict[str, Measurement]:
    print(f"{kernel.title}: {size}", file=sys.stderr)
    torch.manual_seed(1)
    if size == WSJ:
        lengths = wsj_lengths(arguments.sentences)
    else:
        lengths = torch.full((arguments.sentences,), int(size))
    properties = (kernel.scale, kernel.margin, kernel.num_labels, arguments.device)
    problem = Problem(lengths, *properties)
    runs = {program.name: program.prepare(problem) for program in kernel.programs}
    # The first call compiles, allocates and warms up. Its result without its graph, which takes
    # gigabytes.
    results = {
        program.name: program.result(runs[program.name]()).detach().cpu()
        for program in kernel.programs
    }
    times: Dict[str, List[float]] = {name: [] for name in runs}
    waiting = set(runs)
    while waiting:
        for name, run in runs.items():
            if name in waiting:
                wait_for(arguments.device)
                start = time.perf_counter()
                run()
                wait_for(arguments.device)
                times[name].append(time.perf_counter() - start)
                if sum(times[name]) > arguments.seconds and len(times[name]) > 1:
                    waiting.remove(name)
    first = results[kernel.programs[0].name]
    return {
        name: Measurement(min(times[name]), difference(first, result, problem.mask.cpu()))
        for name, result in results.items()
    }


def difference(expected: Tensor, actual: Tensor, mask: Tensor) -> float:
    """The number of heads that differ, or the largest difference of anything else."""
    if expected.dim() == 2:
        return ((expected != actual) & mask)[:, 1:].sum().item()
    parts = mask.unsqueeze(2) & mask.unsqueeze(1)
    parts = parts & ~torch.eye(mask.size(1), dtype=torch.bool)
    parts[:, 0] = False
    return (expected - actual).abs()[parts].max().item()


def tabulate(
    chosen: Sequence[Kernel],
    measured: Dict[str, Dict[str, Dict[str, Measurement]]],
    sizes: List[str],
) -> List[str]:
    columns = ["kernel", "program", *sizes, f"ratio at {sizes[0]}", "growth", "difference"]
    lines = ["| " + " | ".join(columns) + " |", "|---" * len(columns) + "|"]
    for kernel in chosen:
        by_size = measured[kernel.title]
        ours = by_size[sizes[0]][kernel.programs[0].name]
        for program in kernel.programs:
            rows = [by_size[size][program.name] for size in sizes]
            cells = ["" if program is not kernel.programs[0] else kernel.title, program.name]
            cells += [significant(1000 * row.seconds) for row in rows]
            cells.append(f"{rows[0].seconds / ours.seconds:.1f}")
            cells.append(growth({size: row.seconds for size, row in zip(sizes, rows)}))
            cells.append(f"{max(row.difference for row in rows):.2g}")
            lines.append("| " + " | ".join(cells) + " |")
    return lines


def significant(value: float) -> str:
    """Three digits."""
    return f"{value:.{max(0, 2 - math.floor(math.log10(value)))}f}"


def growth(seconds: Dict[str, float]) -> str:
    """The slope of the logarithms over the last three lengths."""
    lengths = sorted(int(size) for size in seconds if size != WSJ)[-3:]
    if len(lengths) < 2:
        return "–"
    ratio = seconds[str(lengths[-1])] / seconds[str(lengths[0])]
    return f"{math.log(ratio) / math.log(lengths[-1] / lengths[0]):.1f}"


def draw(measured: Dict[str, Dict[str, Dict[str, Measurement]]], path: Path) -> None:
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    columns = 3
    rows = math.ceil(len(measured) / columns)
    figure, axes = pyplot.subplots(
        rows, columns, figsize=(5 * columns, 3.6 * rows), squeeze=False, layout="constrained"
    )
    for axis, (title, by_size) in zip(axes.flat, measured.items()):
        sizes = [size for size in by_size if size != WSJ]
        for name in next(iter(by_size.values())):
            times = [1000 * by_size[size][name].seconds for size in sizes]
            axis.loglog([int(size) for size in sizes], times, marker="o", label=name)
        axis.set_title(title, fontsize=9)
        axis.set_xticks([int(size) for size in sizes], sizes)
        axis.minorticks_off()
        axis.grid(alpha=0.3)
        axis.legend(fontsize=7)
    for axis in list(axes.flat)[len(measured) :]:
        axis.set_visible(False)
    figure.supxlabel("words per sentence")
    figure.supylabel("milliseconds per batch")
    figure.savefig(path)


def wait_for(device: torch.device) -> None:
    """Until all that was asked of the device is done, which on the CPU it always is."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


if __name__ == "__main__":
    main()

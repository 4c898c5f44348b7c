"""The files that a search leaves behind."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, List, Sequence, Tuple

from bilexical.comparison.cells import markdown
from bilexical.drawing.markup import escape_markdown
from spigot_allennlp.commands.tune.jsonnet import jsonnet
from spigot_allennlp.commands.tune.report import page_of, tables
from spigot_allennlp.commands.tune.space import configured, sample
from spigot_allennlp.commands.tune.study import Tuning, best_trial, optuna

if TYPE_CHECKING:
    from optuna import Study


def write_tuning(
    title: str, searches: "Sequence[Tuple[Tuning, Study]]", problems: Sequence[str]
) -> bool:
    """
    Writes `best.jsonnet` for each search that has a best trial, `tune.md` and `tune.html`, and
    prints the tables and where the files are.

    # Parameters

    title : `str`
    searches : `Sequence[Tuple[Tuning, optuna.Study]]`
    problems : `Sequence[str]`
        Why trials could not be made.

    # Returns

    `bool`
        Whether each search has a best trial.
    """
    folder = searches[0][0].folder
    written: List[Path] = []
    for tuning, study in searches:
        best = best_trial(study)
        if best is not None:
            values = sample(optuna.trial.FixedTrial(best.params), tuning.space)
            text = jsonnet(configured(tuning.config, values))
            comment = (
                f"// {tuning.trial_name(best.number)} of {tuning.num_trials}: "
                f"{tuning.score_name} {best.value:.4f} on the validation data.\n"
            )
            written.append(folder / f"{tuning.file_name('best')}.jsonnet")
            _write(written[-1], f"{comment}{text}\n")
    paragraphs = [f"# {escape_markdown(title)}\n"]
    paragraphs += [f"{escape_markdown(problem)}\n" for problem in problems]
    text = "\n".join([*paragraphs, *map(markdown, tables(searches))])
    _write(folder / "tune.md", text)
    _write(folder / "tune.html", page_of(title, searches, problems))
    written += [folder / "tune.md", folder / "tune.html"]
    sys.stdout.write(f"{text}\nWritten: {', '.join(map(str, written))}\n")
    return len(written) == len(searches) + 2


def _write(path: Path, text: str) -> None:
    """Whole or not at all: other machines may write the same files."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.draft")
    draft.write_text(text, encoding="utf-8")
    os.replace(draft, path)

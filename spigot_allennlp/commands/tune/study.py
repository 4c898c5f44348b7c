"""The trials of a search, which are in a journal that several machines write to."""

import hashlib
import json
import logging
import os
import re
import sys
from pathlib import Path
from typing import Any, Dict, List, Literal, Mapping, NamedTuple, Optional, Tuple

from allennlp.common.checks import ConfigurationError

from bilexical.locks import is_locked
from spigot_allennlp.commands.compare.runs import Run, config_differences
from spigot_allennlp.commands.tune.space import Space

try:
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import (
        JournalFileBackend,
        JournalFileOpenLock,
        JournalFileSymlinkLock,
    )
except ModuleNotFoundError:
    optuna = None  # type: ignore[assignment]

logger = logging.getLogger(__name__)

#: The attribute of a trial that says why it failed.
FAILURE = "failure"

#: A trial that fails is a result, but the first ones say that nothing will succeed.
_FAILURES_TO_END = 3


class Tuning(NamedTuple):
    """
    A search, as whoever makes a trial of it needs it.

    # Parameters

    folder : `Path`
        Of the journal and of all trials.
    name : `str`
        Of the search among those of the folder; empty if there is one only.
    config : `Dict[str, Any]`
    space : `Space`
    num_trials : `int`
        In all, those of other machines among them.
    seed : `int`
    prunes : `bool`
        Whether a trial ends that is worse than the median of the others were in the same epoch.
    """

    folder: Path
    name: str
    config: Dict[str, Any]
    space: Space
    num_trials: int
    seed: int
    prunes: bool

    @property
    def journal(self) -> Path:
        return self.folder / "journal.log"

    @property
    def metrics(self) -> List[Tuple[str, float]]:
        """Names and signs of the metrics on the validation data that are summed."""
        chosen = self.config.get("trainer", {}).get("validation_metric", "-loss")
        names = [chosen] if isinstance(chosen, str) else chosen
        return [(name.lstrip("+-"), -1.0 if name.startswith("-") else 1.0) for name in names]

    @property
    def score_name(self) -> str:
        names = [name for name, _ in self.metrics]
        if len(names) == 1:
            return names[0]
        return "".join("-+"[sign > 0] + name for name, sign in self.metrics).lstrip("+")

    @property
    def direction(self) -> Literal["minimize", "maximize"]:
        return "minimize" if self.metrics[0][1] < 0 and len(self.metrics) == 1 else "maximize"

    def score(self, metrics: Mapping[str, Any], prefix: str = "") -> float:
        """
        That of an epoch, or with the prefix `best_` that of the best one. Raises `KeyError` if the
        metrics have none.
        """
        values = [(metrics[f"{prefix}validation_{name}"], sign) for name, sign in self.metrics]
        return values[0][0] if len(values) == 1 else sum(value * sign for value, sign in values)

    def trial_name(self, number: int) -> str:
        return f"{self.file_name('trial')}-{number:03}"

    def file_name(self, what: str) -> str:
        """That of something of this search, without an ending; no other search has it."""
        if not self.name:
            return what
        name = re.sub(r"[^-+.=_0-9A-Za-z]+", "_", self.name)
        if name != self.name:
            # Which others may have become, too.
            name += "-" + hashlib.sha256(self.name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        return f"{what}-{name}"

    def run(self, number: int, config: Dict[str, Any]) -> Run:
        """The training of a trial."""
        return Run("trial", number, self.folder / self.trial_name(number), config)


def check_metric(config: Mapping[str, Any]) -> None:
    """Raises `ConfigurationError` if a configuration has nothing by which trials are compared."""
    if config.get("validation_data_path") is None:
        raise ConfigurationError(
            "the configuration has no validation_data_path, and the trials are compared by the "
            "trainer's validation_metric on such data."
        )


def create_study(tuning: Tuning) -> "optuna.Study":
    """
    The study of a search, which is made unless it is there.

    Raises `ConfigurationError` if Optuna is not installed, and if the study that is there is one of
    another configuration or space.
    """
    if optuna is None:
        raise ConfigurationError(
            "there is no optuna, which chooses the trials. Install it by python -m pip install "
            "'spigot-allennlp[scale]'."
        )
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    tuning.folder.mkdir(parents=True, exist_ok=True)
    try:
        _cut_off_unfinished_line(tuning)
        study = optuna.create_study(
            storage=_storage(tuning),
            study_name=_study_name(tuning),
            direction=tuning.direction,
            load_if_exists=True,
        )
    except json.JSONDecodeError as error:
        raise ConfigurationError(
            f"{tuning.journal} is damaged: {error}. Remove the line that is no JSON, or name "
            "another folder by -s."
        ) from error
    asked = {"config": tuning.config, "space": dict(tuning.space)}
    # One of them alone where another machine is just beginning, or was ended then.
    before = {key: study.user_attrs[key] for key in asked if key in study.user_attrs}
    same = {key: asked[key] for key in before}
    if before != same:
        raise ConfigurationError(
            f"{tuning.folder} was begun with something else: "
            f"{config_differences(same, before)}. Name another folder by -s."
        )
    for key in asked.keys() - before.keys():
        study.set_user_attr(key, asked[key])
    return study


def load_study(tuning: Tuning) -> "optuna.Study":
    """The study of a search, with the rule by which trials are pruned."""
    pruner = optuna.pruners.MedianPruner() if tuning.prunes else optuna.pruners.NopPruner()
    return optuna.load_study(
        study_name=_study_name(tuning), storage=_storage(tuning), pruner=pruner
    )


def next_trial(tuning: Tuning, study: "optuna.Study") -> "Optional[optuna.Trial]":
    """
    One that nobody is training any more although it is not finished, or else a new one; `None` if
    there are as many as there shall be, or all of the first ones failed. To be called by one at a
    time.
    """
    trials = study.get_trials(deepcopy=False)
    for trial in trials:
        run = tuning.run(trial.number, {})
        is_running = trial.state == optuna.trial.TrialState.RUNNING
        # By the process that is trained in, or the one that waits for it.
        if is_running and not is_locked(run.log) and not is_locked(run.config_file):
            return _seeded(optuna.Trial(study, trial._trial_id), tuning)
    if len(trials) >= tuning.num_trials or all_fail(trials):
        return None
    return _seeded(study.ask(), tuning)


def num_to_make(tuning: Tuning) -> int:
    """How many trials are not finished, those that others are training among them."""
    trials = load_study(tuning).get_trials(deepcopy=False)
    return max(0, tuning.num_trials - sum(trial.state.is_finished() for trial in trials))


def trained_elsewhere(tuning: Tuning, study: "optuna.Study") -> List[str]:
    """Of the trials that another process is training, that they are not finished."""
    running = [optuna.trial.TrialState.RUNNING]
    return [
        f"{tuning.trial_name(trial.number)} is not finished: another process is training it. Give "
        "the command again when it is."
        for trial in study.get_trials(deepcopy=False, states=running)
    ]


def best_trial(study: "optuna.Study") -> "Optional[optuna.trial.FrozenTrial]":
    """`None` if none was trained to its end."""
    complete = [optuna.trial.TrialState.COMPLETE]
    return study.best_trial if study.get_trials(deepcopy=False, states=complete) else None


def failure_of(trial: "optuna.trial.FrozenTrial") -> str:
    """What happened to a trial that failed."""
    return trial.user_attrs[FAILURE]


def shown_values(trial: "optuna.trial.FrozenTrial") -> str:
    """The values of a trial, in a line."""
    values = (f"{name}={shown_value(value)}" for name, value in trial.params.items())
    return ", ".join(values) or "nothing to choose"


def shown_value(value: Any) -> str:
    """A value of a trial, in a few digits."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def all_fail(trials: "List[optuna.trial.FrozenTrial]") -> bool:
    """Whether there are some, and none of them did anything but fail."""
    states = [trial.state for trial in trials]
    return len(states) >= _FAILURES_TO_END and set(states) == {optuna.trial.TrialState.FAIL}


def _seeded(trial: "optuna.Trial", tuning: Tuning) -> "optuna.Trial":
    # Each trial has a seed of its own, whichever process makes it: processes with one seed would
    # all begin with the same random values.
    trial.study.sampler = optuna.samplers.TPESampler(
        seed=(tuning.seed * 1_000_003 + trial.number) % 2**32
    )
    return trial


def _study_name(tuning: Tuning) -> str:
    return tuning.name or "trials"


def _storage(tuning: Tuning) -> "JournalStorage":
    path = str(tuning.journal)
    return JournalStorage(JournalFileBackend(path, lock_obj=_lock(path)))


def _lock(path: str) -> Any:
    # Links are what most shared file systems make by one process only, but on Windows they are not
    # everybody's to make.
    kind = JournalFileOpenLock if sys.platform == "win32" else JournalFileSymlinkLock
    return kind(path)


def _cut_off_unfinished_line(tuning: Tuning) -> None:
    """
    What a full disk may leave at the end of a journal. Optuna would write on behind it, and never
    read the line again.
    """
    if not tuning.journal.exists() or _ends_in_a_whole_line(tuning.journal):
        return
    lock = _lock(str(tuning.journal))
    lock.acquire()
    try:
        # Somebody may have been writing it.
        if not _ends_in_a_whole_line(tuning.journal):
            content = tuning.journal.read_bytes()
            os.truncate(tuning.journal, content.rfind(b"\n") + 1)
            logger.warning("The last line of %s was not whole and is left out.", tuning.journal)
    finally:
        lock.release()


def _ends_in_a_whole_line(path: Path) -> bool:
    with open(path, "rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 1))
        return file.read() in (b"\n", b"")

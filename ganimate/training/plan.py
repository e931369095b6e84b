"""What a run is about to do: the weights it starts from, its settings, its samples.

TrainOptions are what a user asks for; what they leave open is the preset's choice, for these faces.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ganimate.errors import UsageError
from ganimate.networks.generators import AnyGenerator, find_architecture, load_generator
from ganimate.training.config import TrainConfig
from ganimate.training.data.dataset import NamedSet, split
from ganimate.training.options import TrainOptions
from ganimate.training.preset import AnyPreset, SampleSet
from ganimate.training.presets import PRESETS
from ganimate.training.processes import Processes
from ganimate.training.seen_faces import SeenFaces, note_faces, read_seen_faces
from ganimate.weights import find_model


def check_options(options: TrainOptions) -> None:
    """Check that a preset takes what a user asks for.

    Raises:
        UsageError: there is no such preset, or it has no such setting.
    """
    preset = find_preset(options.preset)
    if options.batch is not None:
        preset.check_batch(options.batch)
    theirs = frozenset[str]().union(*(one.own_options for one in PRESETS.values()))
    for name in sorted(theirs - preset.own_options):
        if options.is_set(name):
            takers = [one.name for one in PRESETS.values() if name in one.own_options]
            raise UsageError(
                f"`{name}` is no setting of the {preset.name} preset: leave it away, or give "
                f"`preset` {' or '.join(takers)}"
            )


def find_preset(name: str) -> AnyPreset:
    """Find a preset by its name.

    Raises:
        UsageError: there is none of that name.
    """
    if name not in PRESETS:
        raise UsageError(f"there is no preset {name!r}: give {', '.join(PRESETS)}")
    return PRESETS[name]


def load_first_generator(init: str, options: TrainOptions) -> AnyGenerator:
    """Load the weights that a run starts from.

    Args:
        init: a shipped model's name or a file.
        options: of the run.

    Raises:
        ModelError: there are none.
        UsageError: they are another preset's.
    """
    path = find_model(init)
    first = load_generator(path)
    wanted = find_preset(options.preset)
    kind: type[AnyGenerator] = wanted.generator_kind
    if not isinstance(first, kind):
        kinds = (one.name for one in PRESETS.values() if isinstance(first, one.generator_kind))
        what, found = find_architecture(first).what, next(kinds, None)
        if found is None:
            raise UsageError(f"{path} is {what}, and no preset trains it: start from others")
        raise UsageError(
            f"{path} is {what}: give `preset` {found}, or `init` weights of the {wanted.name} one"
        )
    return first


def choose_config(
    options: TrainOptions,
    data: NamedSet,
    held_out: frozenset[str],
    first: AnyGenerator | None = None,
) -> TrainConfig:
    """Choose all settings of a run.

    Args:
        options: what the user says of them.
        data: what the run learns from, as its preset reads it.
        held_out: names of those to validate on; see split().
        first: the generator that it starts from; None to start afresh.

    Raises:
        DataError: none of the names is in the data set.
        UsageError: what the user says does not fit the data.
    """
    preset = find_preset(options.preset)
    config: Any = preset.configure(data, first, options)
    batch = config.batch if options.batch is None else options.batch
    config = replace(config, batch=batch, seed=options.seed)
    steps = options.steps
    if steps is None:
        steps = preset.count_steps(config, len(split(data, held_out)[0]))
    config = replace(config, steps=steps)
    if (rate := options.learning_rate) is not None:
        config = replace(config, learning_rate=rate, critic_learning_rate=rate)
    if options.attention_weight is not None:
        weights = replace(config.weights, attention=options.attention_weight)
        config = replace(config, weights=weights)
    chosen: TrainConfig = config
    return chosen


def make_samples(
    options: TrainOptions,
    data: NamedSet,
    held_out: frozenset[str],
    config: TrainConfig,
    processes: Processes,
) -> tuple[SampleSet[Any], SampleSet[Any]]:
    """Make samples to train on, this process's share of them, and samples to validate on.

    Raises:
        DataError: the data do not fit the preset.
    """
    seen, unseen = split(data, held_out)
    preset = find_preset(options.preset)
    return preset.make_samples(data, seen, unseen, config, processes)


def note_split(data: NamedSet, held_out: frozenset[str], init: str | None = None) -> SeenFaces:
    """Note whom a run learns from and whom it holds out, for its weights to remember.

    Args:
        data: what the run learns from.
        held_out: names of those to validate on; see split().
        init: the shipped model or file that it starts from, whose faces count, too; None to start
            afresh.

    Raises:
        ModelError: there are no such weights.
    """
    seen, unseen = split(data, held_out)
    noted = note_faces((data.names[i] for i in seen), (data.names[i] for i in unseen))
    return noted if init is None else noted.follow(read_seen_faces(find_model(init)))

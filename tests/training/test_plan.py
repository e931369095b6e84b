"""The settings of a run where a user leaves them open."""

from __future__ import annotations

from ganimate.training.data.dataset import FaceSet
from ganimate.training.motion.config import MotionTrainConfig
from ganimate.training.options import TrainOptions
from ganimate.training.paper.config import PaperTrainConfig
from ganimate.training.plan import choose_config, load_first_generator


def test_the_default_model_has_a_run_of_its_own_kind(faces: FaceSet) -> None:
    """Shorter than a fresh one, and the critic learns before it is listened to."""
    options = TrainOptions()
    fresh = choose_config(options, faces, frozenset())
    first = load_first_generator("default", options)
    tuned = choose_config(options, faces, frozenset(), first)
    assert isinstance(fresh, MotionTrainConfig)
    assert isinstance(tuned, MotionTrainConfig)
    assert tuned.generator == first.config
    assert (fresh.steps, tuned.steps) == (6000, 2500)
    assert tuned.critic_from < tuned.adversary_from < fresh.critic_from
    assert tuned.learning_rate < fresh.learning_rate
    own = TrainOptions(steps=7, batch=4, learning_rate=1e-5, attention_weight=1, seed=3)
    config = choose_config(own, faces, frozenset(), first)
    assert (config.steps, config.batch, config.learning_rate, config.seed) == (7, 4, 1e-5, 3)
    assert (config.critic_learning_rate, config.weights.attention) == (1e-5, 1)


def test_a_run_of_the_paper_s_preset_has_thirty_epochs(few_faces: FaceSet) -> None:
    config = choose_config(TrainOptions("paper"), few_faces, frozenset())
    assert isinstance(config, PaperTrainConfig)
    assert config == PaperTrainConfig(steps=30 * 11 // 25)  # of twelve faces one is held out
    assert PaperTrainConfig().critic.size == PaperTrainConfig().generator.size == 128

"""A tab's face, of which a part is covered."""

from __future__ import annotations

import torch
from occluders import OVER_MOUTH, occlude

from ganimate.face_models import FaceModels
from ganimate.networks.generators import load_action_unit_generator
from ganimate.portrait import Portrait
from ganimate.studio.subject import Engine, open_subject
from ganimate.weights import DEFAULT_MODEL, find_model


def test_a_covered_mouth_is_held_at_both_sizes(smiling: Portrait, face_models: FaceModels) -> None:
    generator = load_action_unit_generator(find_model(DEFAULT_MODEL))
    engine = Engine(face_models, generator, torch.device("cpu"), size=300)
    masked = occlude(smiling.photo, smiling.face.landmarks, OVER_MOUTH["mask"], seed=1)
    subject = open_subject(masked, "masked.png", engine)
    assert subject.preview is not subject.full
    assert subject.preview.portrait.held == subject.full.portrait.held == {"mouth"}
    assert "held still" in " ".join(subject.describe()["warnings"])

"""Samples of the paper preset: faces in turn, their labels, and targets."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from ganimate.errors import DataError
from ganimate.training.data.dataset import FaceSet
from ganimate.training.paper.samples import SAMPLES, Samples


def test_every_face_is_seen_once_an_epoch(few_faces: FaceSet) -> None:
    samples = Samples(few_faces, np.arange(12), 64, 4, seed=0)
    epochs = [np.concatenate([samples[3 * e + s].aus.numpy() for s in range(3)]) for e in range(3)]
    for seen in epochs:
        assert np.array_equal(np.unique(seen, axis=0), np.unique(samples.aus, axis=0))
    assert not np.array_equal(epochs[0], epochs[1])


def test_a_step_s_samples_depend_on_nothing_else(few_faces: FaceSet) -> None:
    one, other = (Samples(few_faces, np.arange(12), 64, 5, seed=0) for _ in range(2))
    list(map(one.__getitem__, range(4)))
    for name in ("photo", "aus", "target", "mix"):
        assert torch.equal(getattr(one[7], name), getattr(other[7], name))
    assert not torch.equal(one[7].photo, one[6].photo)


def test_targets_are_another_face_s_action_units_and_noise(few_faces: FaceSet) -> None:
    samples = Samples(few_faces, np.arange(12), 64, 12, seed=0)
    batch = samples[0]
    apart = np.abs(batch.target.numpy()[:, None] - samples.aus[None]).max(axis=2).min(axis=1)
    assert (apart <= SAMPLES.target_noise + 1e-6).all()
    assert apart.max() > SAMPLES.target_noise / 2
    assert batch.target.min() >= 0
    assert batch.target.max() <= 1
    assert not torch.equal(batch.target, batch.aus)


def test_photos_are_the_faces_whose_action_units_stand_beside_them(few_faces: FaceSet) -> None:
    samples = Samples(few_faces, np.arange(12), 64, 12, seed=0)
    batch = samples[0]
    for photo, aus in zip(batch.photo, batch.aus.numpy(), strict=True):
        (place,) = np.flatnonzero((samples.aus == aus).all(axis=1))
        crop = torch.from_numpy(few_faces.crop(int(place))).permute(2, 0, 1)
        assert torch.equal(photo, crop) or torch.equal(photo, crop.flip(2))


def test_the_set_s_own_labels_go_before_our_measurements(few_faces: FaceSet) -> None:
    labels = np.full_like(few_faces.aus, np.nan)
    labels[:5] = np.linspace(0, 1, 5)[:, None, None]
    labels[:5, :, 1] *= 0.5
    samples = Samples(replace(few_faces, labels=labels), np.arange(12), 64, 4, seed=0)
    assert np.allclose(samples.aus[:5, 0], 0.75 * np.linspace(0, 1, 5))
    assert np.allclose(samples.aus[5:], few_faces.aus[5:].mean(axis=2))


def test_larger_crops_are_made_smaller_and_smaller_ones_refused(few_faces: FaceSet) -> None:
    samples = Samples(few_faces, np.arange(12), 32, 4, seed=0)
    assert samples[0].photo.shape == (4, 3, 32, 32)
    area = few_faces.crop(3).reshape(32, 2, 32, 2, 3).mean(axis=(1, 3))
    assert np.abs(samples.read_photo(3, False) - area).max() <= 0.5
    with pytest.raises(DataError, match=r"64 px wide.*128"):
        Samples(few_faces, np.arange(12), 128, 4, seed=0)


def test_labels_that_are_all_the_same(few_faces: FaceSet) -> None:
    labels = np.full_like(few_faces.aus, 0.3)
    with pytest.raises(DataError, match="same AUs"):
        Samples(replace(few_faces, labels=labels), np.arange(12), 64, 4, seed=0)

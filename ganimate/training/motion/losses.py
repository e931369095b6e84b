"""The four losses of GANimation (Eqs. 2 to 5) and what the motion prior adds to them.

Numbers of equations are those of Pumarola et al., ECCV 2018, unless another paper is named. Every
term is a mean over its sample, so that the batch size is part of no weight. All arguments are
float32 or bfloat16 tensors, pictures in [-1, 1]; all losses are scalars.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from ganimate.appearance.settings import MOUTH_SHADE
from ganimate.training.gradient_penalty import compute_gradient_penalty
from ganimate.training.options import CriticForm

Judge = Callable[[Tensor, Tensor], tuple[list[Tensor], Tensor, list[Tensor]]]
"""A critic, see networks/motion.py: realism maps from fine to coarse, AUs, features."""


@dataclass(frozen=True)
class MotionLossSettings:
    """What patches, pixels and mouths count, in the terms that the motion prior adds."""

    elsewhere: float = 0.1
    """What a patch that the photo shows counts beside one that it does not; larger lets the critic
    look at more of what is only warped. By eye."""

    least_drawn: float = 0.02
    """Share of a window's pixels from which a drawn mouth counts fully; fewer are a slit. By eye.
    """

    dark: float = -0.65
    """Brightness of [-1, 1] below which a drawing shows the throat, which no gum and no shaded
    tooth is. Measured: with all that is dark counted, gums turned black (models/README.md)."""

    glow: float = 0.1
    """By how much a painted throat may be brighter than its drawing, of [-1, 1]; larger lets it
    glow. By eye."""

    murk: float = 0.5
    """By how much painted teeth and gums may be darker than their drawing, of [-1, 1]; larger lets
    something black stand between teeth. By eye."""

    brightness: float = 5.0
    """What such a glow or murk counts beside 1 - r. Measured: without it mouths kept their teeth,
    and throats glowed red (models/README.md)."""

    teeth_redden: tuple[float, float] = (0.04, 0.13)
    """(R - G) / R that teeth have at least and at most; a larger maximum lets teeth be pink. The
    most: the median of 1,069 photos of open mouths is .11 to .14. The least: without it teeth
    turned yellow."""

    teeth_yellow: float = 0.12
    """(G - B) / G that teeth have at most; larger lets them be yellow. By eye, when they turned
    yellow."""

    flesh_reddens: float = 0.28
    """(R - G) / R that flesh has at least; smaller lets corners of mouths be olive. A little below
    the median of gums on those photos, .3."""

    lip_covers: int = 3
    """Pixels of a window that lips may reach over what is drawn; larger leaves more of the rim
    unbounded. By eye."""


LOSS = MotionLossSettings()


# Eq. 2: realism. "wgan-gp" is the paper's Wasserstein critic. It pulls with the same force however
# sure it is, and is only sure after several steps for each of the generator's. "logistic" pulls no
# harder than it can tell frames from photos, so that one step is enough.


def adversarial_critic(
    real: list[Tensor], fake: list[Tensor], unknown: Tensor, form: CriticForm
) -> Tensor:
    """Eq. 2, first two terms, or what is in their place.

    "wgan-gp": E[D(G)] - E[D(x)]. "logistic": E[log(1 + e^-D(x)) + log(1 + e^D(G))] (Goodfellow et
    al., 2014). D is the mean over the patches, see average_patches().

    Args:
        real: (n, 1, p, p) of several p, realism of photos.
        fake: the same shapes, realism of what the generator made.
        unknown: (n, 1, s, s) in [0, 1].
        form: of the loss.
    """
    pairs = zip(real, fake, strict=True)
    if form == "wgan-gp":
        terms = [on_fake - on_real for on_real, on_fake in pairs]
    else:
        terms = [F.softplus(-on_real) + F.softplus(on_fake) for on_real, on_fake in pairs]
    return average_patches(terms, unknown).mean()


def adversarial_generator(fake: list[Tensor], unknown: Tensor, form: CriticForm) -> Tensor:
    """Eq. 2, what the generator can do about it, or what is in its place.

    "wgan-gp": -E[D(G)]. "logistic", not saturating: E[log(1 + e^-D(G))].

    Args:
        fake: (n, 1, p, p) of several p.
        unknown: (n, 1, s, s) in [0, 1].
        form: of the loss.
    """
    terms = [-patches if form == "wgan-gp" else F.softplus(-patches) for patches in fake]
    return average_patches(terms, unknown).mean()


def gradient_penalty(
    critic: Judge, real: Tensor, fake: Tensor, unknown: Tensor, mix: Tensor
) -> Tensor:
    """Eq. 2, third term: E[(|grad D(x~)|_2 - 1)^2] at x~ = mix x + (1 - mix) G.

    Args:
        critic: D.
        real: x, (n, 3, s, s).
        fake: G, (n, 3, s, s).
        unknown: (n, 1, s, s) in [0, 1].
        mix: (n,) in [0, 1].
    """

    def judge(between: Tensor) -> Tensor:
        return average_patches(critic(between, unknown)[0], unknown)

    return compute_gradient_penalty(judge, real, fake, mix)


def gradient_penalty_of_photos(critic: Judge, real: Tensor, unknown: Tensor) -> Tensor:
    """Beside the logistic form, in place of Eq. 2's third term: E[|grad D(x)|^2] / 2, R1.

    Mescheder, Geiger and Nowozin, ICML 2018, Eq. 9.

    Args:
        critic: D.
        real: x, (n, 3, s, s).
        unknown: (n, 1, s, s) in [0, 1].
    """
    real = real.detach().requires_grad_(True)
    maps, _, _ = critic(real, unknown)
    (gradient,) = torch.autograd.grad(average_patches(maps, unknown).sum(), real, create_graph=True)
    squared: Tensor = gradient.float().square().sum(dim=(1, 2, 3))
    return squared.mean() / 2


def average_patches(maps: list[Tensor], unknown: Tensor) -> Tensor:
    """Average the patches of each sample: those that no photo shows count most.

    Where nothing is unknown all patches count alike.

    Args:
        maps: (n, 1, p, p) of several p.
        unknown: (n, 1, s, s) in [0, 1].

    Returns:
        (n,).
    """
    means = []
    for patches in maps:
        weight = LOSS.elsewhere + F.adaptive_max_pool2d(unknown, patches.shape[2:])
        means.append((weight * patches).sum(dim=(1, 2, 3)) / weight.sum(dim=(1, 2, 3)))
    return torch.stack(means).mean(dim=0)


# Eq. 3: action units.


def conditional_expression(measured: Tensor, asked: Tensor, readable: Tensor) -> Tensor:
    """Eq. 3, either term: E[|D_y(x) - y|^2], the mean over the AUs that can be read.

    Args:
        measured: (n, 17, 2) what the critic reads.
        asked: (n, 17, 2).
        readable: (n, 17), 1 for the units that can be read in a sample's window.
    """
    squared = ((measured - asked) ** 2).mean(dim=2)
    return ((readable * squared).sum(dim=1) / readable.sum(dim=1)).mean()


# Eq. 4: identity.


def round_trip(result: Tensor, photo: Tensor, unknown: Tensor, unknown_weight: float) -> Tensor:
    """Eq. 4 with the way there made by a warp: E[|w (G - x)|_1], w more where x is unknown.

    Args:
        result: (n, 3, s, s).
        photo: (n, 3, s, s).
        unknown: (n, 1, s, s) in [0, 1].
        unknown_weight: w of an unknown pixel; that of a known one is 1.
    """
    weight = 1 + (unknown_weight - 1) * unknown
    return (weight * (result - photo).abs()).mean()


def feature_distance(
    result: list[Tensor],
    photo: list[Tensor],
    mean: Callable[[Tensor], Tensor] = lambda scale: scale,
) -> Tensor:
    """Beside Eq. 4: L1 between the critic's features of two pictures, each layer on its own scale.

    Feature matching (Wang et al., pix2pixHD, CVPR 2018), here of a round trip and its photo.

    Args:
        result: (n, c, h, w) of several layers.
        photo: the same shapes; it is not trained.
        mean: of a layer's scale over all processes that train together, so that they share it.
    """
    terms = [
        (mine - theirs.detach()).abs().mean() / (mean(theirs.detach().abs().mean()) + 1e-3)
        for mine, theirs in zip(result, photo, strict=True)
    ]
    return torch.stack(terms).mean()


# Eq. 5: attention.


def attention_size(attention: Tensor) -> Tensor:
    """Eq. 5, second term, on what is painted: E[(1 - A)^2]. (n, 1, s, s)."""
    return ((1 - attention) ** 2).mean()


def attention_variation(attention: Tensor) -> Tensor:
    """Eq. 5, first term: E[(A_(i+1,j) - A_(i,j))^2] + E[(A_(i,j+1) - A_(i,j))^2]. (n, 1, s, s)."""
    down = attention[:, :, 1:] - attention[:, :, :-1]
    across = attention[:, :, :, 1:] - attention[:, :, :, :-1]
    return (down**2).mean() + (across**2).mean()


# The drawn mouth of transfers, in no paper.


def anatomy(result: Tensor, given: Tensor, drawn: Tensor) -> Tensor:
    """E[1 - r + glow and murk]: how little a painted mouth is like the drawing that it was given.

    Few photos show wide mouths, and without this the generator repaints the drawing with what it
    knows from narrow ones. Two terms: 1 - r, with r in [-1, 1] the correlation of their brightness
    over what is drawn, so that teeth stay where they stand, in whatever tone the critic finds real;
    and what is brighter than the drawing where that is dark, in any channel, so that a throat does
    not glow, or much darker where it is not, so that nothing black stands between teeth. Mouths of
    few pixels count less.

    Args:
        result: (n, 3, s, s).
        given: (n, 3, s, s), with the drawing.
        drawn: (n, 1, s, s) in [0, 1], the share of each pixel that is drawn.
    """
    area = drawn.sum(dim=(1, 2, 3))

    def standardise(pictures: Tensor) -> Tensor:
        grey = pictures.mean(dim=1, keepdim=True)
        mean = (drawn * grey).sum(dim=(1, 2, 3), keepdim=True) / (area[:, None, None, None] + 1e-6)
        centred = grey - mean
        variance = (drawn * centred**2).sum(dim=(1, 2, 3), keepdim=True)
        return centred / (variance + 1e-3).sqrt()

    r = (drawn * standardise(result) * standardise(given)).sum(dim=(1, 2, 3))
    dark = (given.mean(dim=1, keepdim=True) < LOSS.dark).float()
    glow = F.relu(result - given - LOSS.glow).mean(dim=1, keepdim=True)
    murk = F.relu(given - result - LOSS.murk).mean(dim=1, keepdim=True)
    off = _average_over(drawn * dark, glow) + _average_over(drawn * (1 - dark), murk)
    return (_weigh_mouths(drawn) * (1 - r + LOSS.brightness * off)).sum() / max(1, len(drawn))


def tint(result: Tensor, given: Tensor, drawn: Tensor) -> Tensor:
    """E[how far teeth are off the colours of teeth, and how much less red flesh is than flesh].

    Where lips are hardly parted, photos show lips where teeth are drawn, and the generator learns
    pink teeth; where they show nothing, in the corners, it makes olive ones. What may be lip is
    left alone.

    Args:
        result: (n, 3, s, s).
        given: (n, 3, s, s), with the drawing, which says where the teeth are.
        drawn: (n, 1, s, s) in [0, 1], the share of each pixel that is drawn.
    """
    bounds, covers = LOSS, LOSS.lip_covers
    inside = -F.max_pool2d(-drawn, 2 * covers + 1, stride=1, padding=covers)
    red, green, blue = (result[:, channel, None] for channel in range(3))
    pale = (given[:, :1] - given[:, 1:2] < MOUTH_SHADE.pale * (given[:, :1] + 1)).float()
    least, most = bounds.teeth_redden
    of_teeth = F.relu(red - green - most * (red + 1)) + F.relu(least * (red + 1) - (red - green))
    yellow = F.relu(green - blue - bounds.teeth_yellow * (green + 1))
    of_teeth = of_teeth + yellow + F.relu(blue - green)
    of_flesh = F.relu(bounds.flesh_reddens * (red + 1) - (red - green))
    off = pale * of_teeth + (1 - pale) * of_flesh
    return (_weigh_mouths(drawn) * _average_over(inside, off)).sum() / max(1, len(drawn))


def _average_over(mask: Tensor, values: Tensor) -> Tensor:
    """(n,) means of values (n, 1, s, s) over the pixels of a mask (n, 1, s, s); 0 over none."""
    return (mask * values).sum(dim=(1, 2, 3)) / (mask.sum(dim=(1, 2, 3)) + 1)


def _weigh_mouths(drawn: Tensor) -> Tensor:
    """(n,) what mouths count: less the fewer pixels they have."""
    return (drawn.mean(dim=(1, 2, 3)) / LOSS.least_drawn).clamp(max=1)

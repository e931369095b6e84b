"""The four losses of GANimation (Eqs. 2 to 5) and what the motion prior adds to them.

Every term is a mean over its sample, so that the batch size is part of no weight.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from ganimate.appearance.settings import MOUTH_COLOURS

# A critic, see networks.Critic: realism maps from fine to coarse, AUs, features.
Judge = Callable[[Tensor, Tensor], tuple[list[Tensor], Tensor, list[Tensor]]]

LEAST_DRAWN = 0.02  # of a window's pixels: a mouth that can be told from a slit
DARK = -0.65  # of [-1, 1]: what is darker in a drawing is the throat, no gum and no shaded tooth
GLOW = 0.1  # by how much a painted throat may be brighter
MURK = 0.5  # by how much painted teeth and gums may be darker
GLOWS_COUNT = 5.0  # ... and what more than either counts beside 1 - r
ELSEWHERE = 0.1  # what a patch that the photo shows counts beside one that it does not


def focused(maps: list[Tensor], unknown: Tensor) -> Tensor:
    """The mean over the patches of each sample, (n,): those that no photo shows count most.

    maps: (n, 1, p, p) of several p; unknown: (n, 1, s, s) in [0, 1]. Where nothing is unknown all
    patches count alike.
    """
    means = []
    for patches in maps:
        weight = ELSEWHERE + F.adaptive_max_pool2d(unknown, patches.shape[2:])
        means.append((weight * patches).sum(dim=(1, 2, 3)) / weight.sum(dim=(1, 2, 3)))
    return torch.stack(means).mean(dim=0)


def adversarial_critic(real: list[Tensor], fake: list[Tensor], unknown: Tensor) -> Tensor:
    """The critic's part of the logistic adversarial loss: E[log(1 + e^-D(x)) + log(1 + e^D(G))].

    In place of the paper's Eq. 2. A Wasserstein critic pulls with the same force however sure it
    is, and one that takes a single step for each of the generator's seldom is: it spoiled mouths
    in two runs out of two. This one (Goodfellow et al., 2014; with R1, Mescheder et al., 2018)
    pulls no harder than it can tell frames from photos.
    """
    return focused(
        [
            F.softplus(-on_real) + F.softplus(on_fake)
            for on_real, on_fake in zip(real, fake, strict=True)
        ],
        unknown,
    ).mean()


def adversarial_generator(fake: list[Tensor], unknown: Tensor) -> Tensor:
    """The generator's part, not saturating: E[log(1 + e^-D(G))]."""
    return focused([F.softplus(-patches) for patches in fake], unknown).mean()


def gradient_penalty(critic: Judge, real: Tensor, unknown: Tensor) -> Tensor:
    """R1 (Mescheder et al., 2018, Eq. 9): E[|grad D(x)|^2] / 2 on photos.

    real: (n, 3, s, s); unknown: (n, 1, s, s) in [0, 1].
    """
    real = real.detach().requires_grad_(True)
    maps, _, _ = critic(real, unknown)
    (gradient,) = torch.autograd.grad(focused(maps, unknown).sum(), real, create_graph=True)
    squared: Tensor = gradient.float().square().sum(dim=(1, 2, 3))
    return squared.mean() / 2


def conditional_expression(measured: Tensor, asked: Tensor, readable: Tensor) -> Tensor:
    """Eq. 3: mean square error of the AUs that the critic reads, (n, 17, 2).

    readable: (n, 17), 1 for the units that can be read in a sample's window.
    """
    squared = ((measured - asked) ** 2).mean(dim=2)
    return ((readable * squared).sum(dim=1) / readable.sum(dim=1)).mean()


def attention_size(attention: Tensor) -> Tensor:
    """Eq. 5, second term, on what is painted: E[(1 - A)^2]."""
    return ((1 - attention) ** 2).mean()


def attention_variation(attention: Tensor) -> Tensor:
    """Eq. 5, first term: squared differences of neighbouring attention values."""
    down = attention[:, :, 1:] - attention[:, :, :-1]
    across = attention[:, :, :, 1:] - attention[:, :, :, :-1]
    return (down**2).mean() + (across**2).mean()


def round_trip(result: Tensor, photo: Tensor, unknown: Tensor, unknown_weight: float) -> Tensor:
    """Eq. 4 with the way there made by a warp: L1 to the photo, unknown pixels counting more.

    result, photo: (n, 3, s, s); unknown: (n, 1, s, s) in [0, 1].
    """
    weight = 1 + (unknown_weight - 1) * unknown
    return (weight * (result - photo).abs()).mean()


def anatomy(result: Tensor, given: Tensor, drawn: Tensor) -> Tensor:
    """How little a painted mouth is like the drawing that it was given.

    Few photos show wide mouths, and without this the generator repaints the drawing with what it
    knows from narrow ones. Two terms: 1 - r, with r in [-1, 1] the correlation of their brightness
    over what is drawn, so that teeth stay where they stand, in whatever tone the critic finds real;
    and what is brighter than the drawing where that is dark, in any channel, so that a throat does
    not glow, or much darker where it is not, so that nothing black stands between teeth. result,
    given: (n, 3, s, s) in [-1, 1]; drawn: (n, 1, s, s) in [0, 1]. Mouths of fewer than LEAST_DRAWN
    of the pixels count less.
    """
    area = drawn.sum(dim=(1, 2, 3))

    def standardised(pictures: Tensor) -> Tensor:
        grey = pictures.mean(dim=1, keepdim=True)
        mean = (drawn * grey).sum(dim=(1, 2, 3), keepdim=True) / (area[:, None, None, None] + 1e-6)
        centred = grey - mean
        variance = (drawn * centred**2).sum(dim=(1, 2, 3), keepdim=True)
        return centred / (variance + 1e-3).sqrt()

    r = (drawn * standardised(result) * standardised(given)).sum(dim=(1, 2, 3))
    dark = (given.mean(dim=1, keepdim=True) < DARK).float()
    glow = F.relu(result - given - GLOW).mean(dim=1, keepdim=True)
    murk = F.relu(given - result - MURK).mean(dim=1, keepdim=True)
    off = _mean_over(drawn * dark, glow) + _mean_over(drawn * (1 - dark), murk)
    return (_size(drawn) * (1 - r + GLOWS_COUNT * off)).sum() / max(1, len(drawn))


def tint(result: Tensor, given: Tensor, drawn: Tensor) -> Tensor:
    """How far painted teeth are off the colours of teeth, and how much less red flesh is than it.

    Where lips are hardly parted, photos show lips where teeth are drawn, and the generator learns
    pink teeth; where they show nothing, in the corners, it makes olive ones. Takes what anatomy()
    does: `given` says where the teeth are. What may be lip is left alone.
    """
    bounds, covers = MOUTH_COLOURS, MOUTH_COLOURS.lip_covers
    inside = -F.max_pool2d(-drawn, 2 * covers + 1, stride=1, padding=covers)
    red, green, blue = (result[:, channel, None] for channel in range(3))
    pale = (given[:, :1] - given[:, 1:2] < bounds.pale * (given[:, :1] + 1)).float()
    least, most = bounds.teeth_redden
    of_teeth = F.relu(red - green - most * (red + 1)) + F.relu(least * (red + 1) - (red - green))
    yellow = F.relu(green - blue - bounds.teeth_yellow * (green + 1))
    of_teeth = of_teeth + yellow + F.relu(blue - green)
    of_flesh = F.relu(bounds.flesh_reddens * (red + 1) - (red - green))
    off = pale * of_teeth + (1 - pale) * of_flesh
    return (_size(drawn) * _mean_over(inside, off)).sum() / max(1, len(drawn))


def _mean_over(where: Tensor, values: Tensor) -> Tensor:
    """(n,) means of values (n, 1, s, s) over the pixels of a mask (n, 1, s, s); 0 over none."""
    return (where * values).sum(dim=(1, 2, 3)) / (where.sum(dim=(1, 2, 3)) + 1)


def _size(drawn: Tensor) -> Tensor:
    """(n,) what mouths count: less the fewer pixels than LEAST_DRAWN of a window they have."""
    return (drawn.mean(dim=(1, 2, 3)) / LEAST_DRAWN).clamp(max=1)


def feature_distance(
    result: list[Tensor],
    photo: list[Tensor],
    mean: Callable[[Tensor], Tensor] = lambda scale: scale,
) -> Tensor:
    """L1 between the critic's features of two pictures, each layer on its own scale.

    mean: of a layer's scale over all processes that train together, so that they share it.
    """
    terms = [
        (mine - theirs.detach()).abs().mean() / (mean(theirs.detach().abs().mean()) + 1e-3)
        for mine, theirs in zip(result, photo, strict=True)
    ]
    return torch.stack(terms).mean()

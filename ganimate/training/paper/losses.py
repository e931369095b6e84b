"""The losses of the `paper` preset: GANimation (Pumarola et al., ECCV 2018), Eqs. 2 to 5.

The paper writes norms and expectations, its three public implementations sums and means, and they
differ from it and from each other. What is done here, and why:

- Reductions. An expectation is a mean over the batch; Eqs. 3 and 4 are means over AUs and pixels as
  well, as in all public code: the paper's weights only work with these. So the batch size and the
  crop's size are part of no weight.
- Eq. 2, realism. D_I(x) is a map of patches. The loss takes their mean; the gradient penalty is of
  their sum, as in all public code: the other weights were balanced against a critic of that slope.
  It is the mean over the batch of (|grad| - 1)^2, at points drawn uniformly between each photo and
  what was made of it, one number a pair. Critic and penalty make one Adam step (the authors' code
  makes two, and moves its moments twice).
- Eq. 3, lambda_y. The paper's 4000 multiplies a mean over the AUs divided by the batch of 25 once
  more. That is 160 on a mean, which the later implementations write.
- Eq. 1, the side of the mask. A = 1 keeps the photo, A = 0 paints: frame = (1 - A) C + A x, in the
  paper and in networks/attention.py. Some forks exchange the two, and then their Eq. 5 pushes the
  other way.
- Eq. 5, size. |A|_2, which the text calls an l2 penalty, is the mean of A^2; public code takes the
  mean of A. Both keep the mask from saturating at 1, squares more where it does; the norm itself
  with its root would outweigh Eq. 4 many times.
- Eq. 5, variation. Squared differences, summed over the pixels of a mask, mean over the batch, as
  printed; public code takes absolute values, with 1e-5, summed over the batch as well. lambda_TV
  stands within Eq. 5, and lambda_A before all of it (Eq. 6).
- Eq. 6 counts Eq. 5 twice, for the mask on the way there and for the one on the way back; so does
  this.
- The targets y_f are drawn in samples.py: the AUs of any face of the set, plus uniform noise of
  +-0.1 as in the authors' code, clipped to [0, 1], beyond which no intensity is ever asked for.
- The learning rate falls in every step of the last third, not once an epoch; and the weights that
  are shipped are a moving average of those trained, which touches no other step.

All arguments are float32 or bfloat16 tensors; all results are scalars.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from ganimate.training.gradient_penalty import compute_gradient_penalty

Judge = Callable[[Tensor], tuple[Tensor, Tensor, list[Tensor]]]
"""A critic, see networks/paper.py: realism (n, 1, p, p), AUs (n, 17), features."""


def adversarial_critic(real: Tensor, fake: Tensor) -> Tensor:
    """Eq. 2, first two terms: E[D_I(G(x | y_f))] - E[D_I(x)].

    Args:
        real: D_I(x), patches (n, 1, p, p) of photos.
        fake: D_I(G(x | y_f)), patches (n, 1, p, p) of frames.
    """
    return fake.mean() - real.mean()


def adversarial_generator(fake: Tensor) -> Tensor:
    """Eq. 2, what the generator can do about it: -E[D_I(G(x | y_f))], of patches (n, 1, p, p)."""
    return -fake.mean()


def gradient_penalty(critic: Judge, real: Tensor, fake: Tensor, mix: Tensor) -> Tensor:
    """Eq. 2, third term: E[(|grad D_I(x~)|_2 - 1)^2] at x~ = mix x + (1 - mix) G(x | y_f).

    Args:
        critic: D.
        real: x, (n, 3, s, s).
        fake: G(x | y_f), (n, 3, s, s).
        mix: (n,) in [0, 1].
    """
    return compute_gradient_penalty(lambda x: critic(x)[0], real, fake, mix)


def conditional_expression(measured: Tensor, wanted: Tensor) -> Tensor:
    """Eq. 3, either term: E[|D_y(x) - y|^2], the mean over the 17 AUs. Both (n, 17)."""
    return ((measured - wanted) ** 2).mean()


def identity(there_and_back: Tensor, photo: Tensor) -> Tensor:
    """Eq. 4: E[|G(G(x | y_f) | y) - x|_1], the mean over pixels. Both (n, 3, s, s)."""
    return (there_and_back - photo).abs().mean()


def attention(mask: Tensor, variation_weight: float) -> Tensor:
    """Eq. 5: lambda_TV E[sum of squared differences of neighbours] + E[|A|^2]. (n, 1, s, s)."""
    return variation_weight * attention_variation(mask) + attention_size(mask)


def attention_variation(mask: Tensor) -> Tensor:
    """Eq. 5, first: E[sum of (A_(i+1,j) - A_(i,j))^2 + (A_(i,j+1) - A_(i,j))^2]. (n, 1, s, s)."""
    down = mask[:, :, 1:] - mask[:, :, :-1]
    across = mask[:, :, :, 1:] - mask[:, :, :, :-1]
    return ((down**2).sum() + (across**2).sum()) / len(mask)


def attention_size(mask: Tensor) -> Tensor:
    """Eq. 5, second term: E[|A|^2], the mean over pixels. (n, 1, s, s)."""
    return (mask**2).mean()

"""The losses of the `stargan` preset: StarGAN (Choi et al., CVPR 2018), Eqs. 1 to 6 and 8.

What the paper leaves open, and what is done here:

- Eq. 1, the log form, is what the paper writes first and public reimplementations on FER2013 train
  with; Eq. 8, WGAN-GP, replaces it in the paper's own runs and code. Realism is a map of patches;
  both forms take the mean over patches and batch. In the log form the generator minimises
  -log D(G(x, c)) instead of log(1 - D(G(x, c))), which has no gradient where the critic is right
  (Goodfellow et al., NeurIPS 2014, section 3).
- Eqs. 2 and 3 of labels that exclude each other, as emotions, are the cross entropy of a softmax;
  of attributes, that of a sigmoid for each, summed over the attributes and averaged over the
  batch, both as in the authors' code.
- Eq. 4 is the mean over pixels, as in the authors' code, for which lambda_rec was chosen.
- Eq. 8, the penalty, is taken of the sum of the patches' realism, as in the authors' code.

All arguments are float32 or bfloat16 tensors; all results are scalars.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from ganimate.training.gradient_penalty import compute_gradient_penalty as gradient_penalty
from ganimate.training.options import Adversarial

__all__ = [
    "adversarial_critic",
    "adversarial_generator",
    "classes",
    "gradient_penalty",
    "reconstruction",
]


def adversarial_critic(real: Tensor, fake: Tensor, form: Adversarial) -> Tensor:
    """What the critic minimises of Eq. 1 or Eq. 8, its penalty aside.

    Eq. 1: -E[log D(x)] - E[log(1 - D(G(x, c)))]. Eq. 8: E[D(G(x, c))] - E[D(x)].

    Args:
        real: patches (n, 1, p, p) of pictures; logits in the log form.
        fake: patches (n, 1, p, p) of what was made of them.
        form: "log" for Eq. 1, "wgan-gp" for Eq. 8.
    """
    if form == "log":
        return F.softplus(-real).mean() + F.softplus(fake).mean()
    return fake.mean() - real.mean()


def adversarial_generator(fake: Tensor, form: Adversarial) -> Tensor:
    """What the generator minimises of Eq. 1 or Eq. 8, of patches (n, 1, p, p).

    Eq. 1: -E[log D(G(x, c))]. Eq. 8: -E[D(G(x, c))].
    """
    return F.softplus(-fake).mean() if form == "log" else -fake.mean()


def classes(logits: Tensor, labels: Tensor, *, exclusive: bool) -> Tensor:
    """Eq. 2 of pictures and their labels, Eq. 3 of painted ones and what they shall show.

    Args:
        logits: (n, k), what the critic sees.
        labels: (n, k), 0 or 1.
        exclusive: whether a picture has one of the labels; else each on its own.
    """
    if exclusive:
        return F.cross_entropy(logits, labels)
    return F.binary_cross_entropy_with_logits(logits, labels, reduction="sum") / len(logits)


def reconstruction(there_and_back: Tensor, picture: Tensor) -> Tensor:
    """Eq. 4: E[|x - G(G(x, c), c')|_1], the mean over pixels. Both (n, 3, s, s)."""
    return (picture - there_and_back).abs().mean()

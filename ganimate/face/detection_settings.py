"""How faces are searched for in a photo, and what they must show to be some."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class EvidenceSettings:
    """What a face must show on its crop, when all has been said by the detector of the photo."""

    crop: float
    """Score in [0, 1] from which the second detector, which sees the crop, takes it for a face;
    larger misses more faces that are covered or turned away."""

    mesh: float
    """Logit of the mesh from which what it saw is a face; larger misses more faces that are covered
    or turned away."""


@dataclass(frozen=True)
class DetectionSettings:
    """How faces are searched for."""

    detector_confidence: float = 0.4
    """Score in [0, 1] from which the detector's boxes count; larger misses more faces, smaller
    gives the mesh more of what is none. Measured: of 400 held-out faces of UTKFace, cropped at the
    chin and the ears, .6 misses 18 and .4 none; of 100 that are turned by 60 degrees 70 and 25."""

    sure_confidence: float = 0.6
    """Score in [0, 1] from which the detector is sure. Boxes of a face are averaged from here on,
    where there is such a one; larger averages fewer, smaller shifts the square that the mesh sees,
    and its landmarks with it (at .4 by .3 % of the distance of the eyes, measured). MediaPipe's
    own."""

    sure: EvidenceSettings = EvidenceSettings(crop=0.3, mesh=8.0)
    """For faces that the detector is sure of. Measured: of 400 held-out faces of UTKFace 283 are,
    the lowest at 8.2, the next at 9.0 and 11.7; drawn cows and lions have 7.1, a kitten 10.0."""

    unsure: EvidenceSettings = EvidenceSettings(crop=0.55, mesh=13.9)
    """For other faces. Measured: of the 117 others one has 11.9, one 13.4, all but one of the rest
    15.6 and more; a round cell has 9.7, a rocket 10.8, a wooden toy 10.8, a swan 12.3, a panda
    13.5, a monkey 16.1."""

    lying: EvidenceSettings = EvidenceSettings(crop=0.55, mesh=19.0)
    """For faces that lie on their side or stand on their head, which are searched in three more
    views of each photo. Measured: 9 of 99 lying faces of UTKFace are missed for it, and none of 34
    portraits; what is no face has up to 18.7 where it is 40 pixels wide and more."""

    known: EvidenceSettings = EvidenceSettings(crop=0.3, mesh=0.0)
    """Where a face is known to be, as in the next frame of a video. By eye and MediaPipe's own."""

    overlap: float = 0.3
    """Intersection over union from which two boxes of a detector are of one face; larger finds
    faces twice, smaller takes neighbours for one. MediaPipe's own."""

    mesh_side: int = 256
    """Side of the crop that the mesh is given, pixels. It scales it to 192, so that more would be
    thrown away, and fewer would be too coarse for the face in its middle."""

    mesh_margin: float = 2.0
    """Side of that crop over the longer side of the detector's box; smaller cuts off chins and
    foreheads, larger leaves the face fewer pixels. By eye."""

    tile: int = 640
    """Side of the squares that the detector looks at, pixels; larger is quicker and misses small
    faces. The full-range detector still finds faces of a tenth of its view."""

    upright_logit: float = 22.0
    """Logit of the mesh below which a face is read upside down, too, and the surer reading counts;
    larger reads more faces twice. Detector and mesh take faces that stand on their head for upright
    ones, eyes for mouth. Measured: 104 of 600 such faces, with logits of at most 20.1; of upright
    ones 75 % of UTKFace's and 99 % of portraits have more than this."""

    level_from: float = 45.0
    """Degrees of roll beyond which a face is read a second time, with its eyes level; smaller reads
    more faces twice. Measured: landmarks are within .7 % of the eyes' distance at 0 degrees, 3 % at
    45 and 10 % at 90."""

    turned_levels: int = 3
    """Scales, from that of one tile on, at which faces are looked for that lie on their side or
    stand on their head, where no face is upright; more find smaller ones and take longer. Three
    find those from a fortieth of the photo on. The finest of them is that of faces that fill a
    photo, too."""

    tile_overlap: int = 160
    """Pixels by which neighbouring squares overlap; larger is slower. No face that is small enough
    to need squares is wider."""


DETECTION = DetectionSettings()

"""How good a generator is, on faces that it never saw.

- round_trips: held-out faces warped to an expression that shows less and back, repainted and
  compared with the photo. A generator that warps nothing goes there and back itself (Eq. 4 of the
  paper).
- expressions: every preset on every face, the frame measured again: the AUs asked for against
  those that are shown, by the program's estimator and, if its file is given, by a second judge;
  and that asking for no change changes nothing.
- clips: whether landmarks move smoothly from frame to frame, and how long a frame takes.
- likeness and judge: what the others measure with.
"""

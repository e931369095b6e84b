"""What all requests share: what draws, the tabs, the threads, and the photo of the command line."""

from __future__ import annotations

from dataclasses import dataclass, field

from starlette.requests import HTTPConnection

from ganimate.networks.device import choose_device
from ganimate.networks.generators import load_action_unit_generator
from ganimate.studio.sessions import Session, Sessions
from ganimate.studio.subject import Engine, Subject
from ganimate.studio.workers import Workers
from ganimate.weights import DEFAULT_MODEL, find_model, identify_model, load_face_models


@dataclass
class Stage:
    """What all requests share.

    Attributes:
        engine: what draws faces.
        given: the photo of the command line, which the first tab shows; None where none was given.
        sessions: the tabs.
        workers: the threads.
    """

    engine: Engine
    given: Subject | None = None
    sessions: Sessions = field(default_factory=Sessions)
    workers: Workers = field(default_factory=Workers)

    def end(self) -> None:
        """Delete all that tabs keep, and begin nothing more."""
        self.sessions.close_all()
        self.workers.stop()


def open_engine(model: str = DEFAULT_MODEL, device: str = "auto", size: int = 512) -> Engine:
    """Load what draws faces.

    Args:
        model: a shipped model's name, or a weights file.
        device: "auto", "cpu", "cuda" or "mps".
        size: longest side of the pictures that follow a drag, pixels.

    Raises:
        GanimateError: the model or the device is none that can be used.
    """
    chosen = choose_device(device)
    weights = find_model(model)
    generator = load_action_unit_generator(weights).to(chosen)
    return Engine(
        models=load_face_models(),
        generator=generator,
        device=chosen,
        size=size,
        model=model,
        made=identify_model(weights),
    )


def get_stage(connection: HTTPConnection) -> Stage:
    """Return what all requests share."""
    stage: Stage = connection.app.state.stage
    return stage


def get_session(connection: HTTPConnection) -> Session:
    """Return the tab of a request or a socket whose path names it.

    Raises:
        SessionError: there is none.
    """
    return get_stage(connection).sessions.find(connection.path_params["session"])

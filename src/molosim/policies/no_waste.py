"""Policy: boxes take no waste."""

from __future__ import annotations

from typing import ClassVar

from molosim.policies.policy import CollectionPolicy


class NoWaste(CollectionPolicy):
    """No waste doors in use: residents do what they do today."""

    boxes_take_waste: ClassVar[bool] = False
    subject: ClassVar[str] = "Taking no waste at the boxes"


BUILT_IN = {"none": NoWaste}

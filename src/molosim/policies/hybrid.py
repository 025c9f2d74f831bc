"""Policy: vans take waste along, and a collection vehicle what gets too full."""

from __future__ import annotations

from typing import ClassVar

from molosim.policies.dedicated import Dedicated
from molosim.policies.shared import Shared


class Hybrid(Shared, Dedicated):
    """As shared, and a collection vehicle for what gets too full."""

    subject: ClassVar[str] = (
        "Letting the delivery vans take the waste along, with a collection vehicle for what gets too full,"
    )


BUILT_IN = {"hybrid": Hybrid}

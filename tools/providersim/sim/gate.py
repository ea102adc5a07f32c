"""Holds requests back until a test lets them go."""

import asyncio
from typing import Optional


class Gate:
    """Open at first. While it is closed, whoever comes waits."""

    def __init__(self):
        self._opening: Optional[asyncio.Future] = None

    @property
    def is_closed(self) -> bool:
        """Whether whoever comes waits."""
        return self._opening is not None

    def close(self) -> None:
        """Lets nobody pass until `open`. Idempotent."""
        if self._opening is None:
            self._opening = asyncio.get_running_loop().create_future()

    def open(self, admit: bool = True) -> None:
        """Lets those who wait pass, or turns them away if not `admit`; later ones pass at once. Idempotent."""
        if self._opening is not None:
            self._opening.set_result(admit)
            self._opening = None

    async def passes(self) -> bool:
        """Waits while the gate is closed. False: turned away."""
        # Shielded, because one waiter that is cancelled must not cancel the future of all.
        return self._opening is None or await asyncio.shield(self._opening)

"""Work that goes on after a request was answered."""

import asyncio
import logging
from typing import Coroutine


class Background:
    """Owns running tasks, so that none is lost to the garbage collector and all can be stopped."""

    def __init__(self):
        self._tasks = set()

    def spawn(self, work: Coroutine) -> asyncio.Task:
        """Runs `work`; an error that it raises is logged."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def cancel_all(self) -> None:
        """Stops everything that runs."""
        for task in self._tasks:
            task.cancel()

    def _ended(self, task: asyncio.Task) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception():
            logging.error("background work failed", exc_info=task.exception())

"""What a dispatchd needs of memory."""

from typing import Callable, Dict

from . import engine
from .load import load
from .settings import Settings
from .stage import Database, Dispatchd, Place

SETTLE_S = 5  # a sweep and the directory's watch have been round by then


def memory(place: Place, settings: Settings, report: Callable[[Dict], None]) -> None:
    """Its resident memory at rest, after a load, and with many dispatches under way."""
    with Database(place) as database:
        engine.prepare(database, settings)
        with Dispatchd(place, database) as dispatchd:
            load(place, dispatchd, "dispatch", 1, 0.1)
            rest = _highest(dispatchd, SETTLE_S)
            load(place, dispatchd, "dispatch", 256, settings.seconds)
            loaded = dispatchd.rss_mib()
        engine.held_sample(place, database).add(database, settings.pending, "held")
        with Dispatchd(place, database) as dispatchd:
            under_way = _highest(dispatchd, 2 * SETTLE_S)
            load(place, dispatchd, "dispatch", 256, settings.seconds)
            under_way_loaded = dispatchd.rss_mib()
    report({"bench": "memory", "under_way": settings.pending, "businesses": settings.businesses,
            "rss_mib": {"at_rest": rest, "after_a_load": loaded, "with_those_under_way": under_way,
                        "with_those_and_after_a_load": under_way_loaded}})


def _highest(dispatchd: Dispatchd, seconds: float) -> float:
    return max(engine.sample_each(0.1, seconds, dispatchd.rss_mib))

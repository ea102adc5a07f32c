"""Faults at random, repeatable by a seed, for long runs."""

import random
from typing import Dict, Optional

from .faults import API, CALLBACKS, FATE, KINDS, Fault, fault_params

# Not a fault of a create request: the webhook for a scripted reply is never sent.
INBOUND_LOST = "inbound_lost"


class Chaos:
    """Off until `set`. The n-th request meets the same faults whenever the seed and the rates are the same."""

    def __init__(self):
        self.clear()

    def set(self, spec: dict) -> None:
        """Takes {"seed", "rates": {kind: probability}, "params": {kind: {...}}}; ValueError tells what is wrong.

        {} turns it off. The probabilities of a group's kinds add up to 1 at most; "inbound_lost" stands alone.
        """
        unknown = set(spec) - {"seed", "rates", "params"}
        seed, rates, params = spec.get("seed", 0), spec.get("rates", {}), spec.get("params", {})
        if unknown or type(seed) is not int or not isinstance(rates, dict) or not isinstance(params, dict):
            raise ValueError("chaos has a seed (whole number), rates and params (objects)")
        for kind, rate in rates.items():
            if kind not in KINDS and kind != INBOUND_LOST:
                raise ValueError(f"unknown kind of fault {kind}; there are: {', '.join(KINDS)}, {INBOUND_LOST}")
            if type(rate) not in (int, float) or not 0 <= rate <= 1:
                raise ValueError(f"the rate of {kind} must be between 0 and 1")
        if set(params) - set(rates) or not all(isinstance(given, dict) for given in params.values()):
            raise ValueError("params has an object for some of the kinds that have a rate")
        faults = {kind: Fault("chaos", kind, None, None, fault_params(kind, params.get(kind, {})))
                  for kind in rates if kind != INBOUND_LOST}
        for group in (API, FATE, CALLBACKS):
            if sum(rates[kind] for kind, fault in faults.items() if fault.group == group) > 1 + 1e-9:
                raise ValueError(f"the rates of the group {group} add up to more than 1")
        self._spec, self._faults, self._rates = spec, faults, rates
        # A sequence per group, so that a kind of one group does not shift the others.
        self._random = {group: random.Random(f"{seed}/{group}") for group in (API, FATE, CALLBACKS, INBOUND_LOST)}
        self._drawn = {kind: 0 for kind in rates}

    def clear(self) -> None:
        """Turns it off."""
        self.set({})

    def json(self) -> dict:
        """What was set ({} if nothing), and how often each kind was drawn."""
        return {**self._spec, "drawn": self._drawn}

    def draw(self) -> Dict[str, Fault]:
        """What the next create request is to meet, by group."""
        drawn = {group: self._draw(group) for group in (API, FATE, CALLBACKS)}
        return {group: fault for group, fault in drawn.items() if fault}

    def loses_inbound(self) -> bool:
        """Whether the webhook for the next scripted reply is lost."""
        lost = self._random[INBOUND_LOST].random() < self._rates.get(INBOUND_LOST, 0)
        if lost:
            self._drawn[INBOUND_LOST] += 1
        return lost

    def _draw(self, group: str) -> Optional[Fault]:
        left = self._random[group].random()
        for kind, fault in self._faults.items():
            if fault.group == group:
                left -= self._rates[kind]
                if left < 0:
                    self._drawn[kind] += 1
                    return fault
        return None

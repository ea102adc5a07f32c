"""Our own load tool for RPCs (rpc_load.cc)."""

import json
import secrets
import subprocess

from .figures import Figures
from .stage import Dispatchd, Failed, Place


def load(place: Place, dispatchd: Dispatchd, rpc: str, in_flight: int, seconds: float, **flags) -> Figures:
    """Runs rpc_load; see there."""
    command = [place.binary("tools/benchkit/rpc_load"), f"--server={dispatchd.address}", f"--rpc={rpc}",
               f"--in_flight={in_flight}", f"--run={secrets.token_hex(6)}", "--warm_up=1s", f"--measure={seconds}s",
               *(f"--{name}={value}" for name, value in flags.items())]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed(f"rpc_load: {done.stderr.strip()[-1500:]}")
    return json.loads(done.stdout)

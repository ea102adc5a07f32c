"""Puts the parts together."""

from typing import Optional

from aiohttp import web

from .background import Background
from .config import Config
from .control import Control, report_bad_requests
from .courier import Courier
from .delivery import Delivery
from .faults import Faults
from .ids import Ids
from .messages import MessageStore
from .phones import Phones
from .retell import Retell
from .twilio_api import TwilioApi
from .twilio_webhooks import TwilioWebhooks


class Simulator:
    """One simulated Twilio account, one Retell workspace, and all the phones."""

    def __init__(self, config: Config, seed: Optional[int] = None):
        self.config = config
        self.background = Background()
        self.courier = Courier(config)
        self.faults = Faults()
        self.store = MessageStore()
        ids = Ids(seed)
        webhooks = TwilioWebhooks(config, self.courier, ids)
        self.phones = Phones(config, self.background, ids, self.store, webhooks)
        delivery = Delivery(config, self.background, webhooks, self.phones)
        self.twilio = TwilioApi(config, ids, self.faults, self.store, self.phones, delivery)
        self.retell = Retell(config, self.courier, ids)

    def app(self) -> web.Application:
        """The HTTP application: the providers' APIs and the control door."""
        app = web.Application(middlewares=[report_bad_requests])
        app.add_routes(self.twilio.routes())
        app.add_routes(Control(self).routes())
        app.cleanup_ctx.append(self._lifetime)
        return app

    def reset(self) -> None:
        """Forgets everything but the settings, stops what is under way, and turns held requests away."""
        self.background.cancel_all()
        self.twilio.gate.open(admit=False)
        self.twilio.requests.clear()
        self.courier.log.clear()
        self.faults.clear()
        self.store.clear()
        self.phones.clear()

    async def _lifetime(self, app: web.Application):
        await self.courier.start()
        yield
        self.background.cancel_all()
        await self.courier.stop()

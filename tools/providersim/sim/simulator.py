"""Puts the parts together."""

from typing import Optional

from aiohttp import web

from .background import Background
from .call_flow import CallFlow
from .calls import Call
from .calls_api import CallsApi
from .chaos import Chaos
from .config import Config
from .control import Control, report_bad_requests
from .courier import Courier
from .delivery import Delivery
from .faults import Faults
from .ids import Ids
from .inbound_calls import InboundCalls
from .messages import Message
from .messages_api import MessagesApi
from .phones import Phones
from .retell import Retell
from .store import Store
from .twilio_api import TwilioApi
from .twilio_webhooks import TwilioWebhooks


class Simulator:
    """One simulated Twilio account, one Retell workspace, and all the phones."""

    def __init__(self, config: Config, seed: Optional[int] = None):
        self.config = config
        self.background = Background()
        self.courier = Courier(config)
        self.faults = Faults()
        self.chaos = Chaos()
        self._messages: Store[Message] = Store()
        self._calls: Store[Call] = Store()
        ids = Ids(seed)
        webhooks = TwilioWebhooks(config, self.courier, ids)
        self.phones = Phones(config, self.background, ids, self._messages, webhooks, self.chaos)
        self.inbound_calls = InboundCalls(config, ids, self._calls, webhooks)
        self.twilio = TwilioApi(config, self.faults, self.chaos)
        delivery = Delivery(config, self.background, webhooks, self.phones)
        flow = CallFlow(config, self.background, webhooks, self.phones)
        self._resources = [MessagesApi(config, self.twilio, ids, self._messages, self.phones, delivery),
                           CallsApi(config, self.twilio, ids, self._calls, flow)]
        self.retell = Retell(config, self.courier, ids)

    def app(self) -> web.Application:
        """The HTTP application: the providers' APIs and the control door."""
        app = web.Application(middlewares=[report_bad_requests])
        for part in (*self._resources, self.twilio):
            app.add_routes(part.routes())
        app.add_routes(Control(self).routes())
        app.cleanup_ctx.append(self._lifetime)
        return app

    def reset(self) -> None:
        """Forgets everything but the settings, stops what is under way, and turns held requests away."""
        self.background.cancel_all()
        for gate in self.twilio.gates.values():
            gate.open(admit=False)
        self.twilio.requests.clear()
        self.courier.log.clear()
        self.faults.clear()
        self.chaos.clear()
        self._messages.clear()
        self._calls.clear()
        self.phones.clear()

    async def _lifetime(self, app: web.Application):
        await self.courier.start()
        yield
        self.background.cancel_all()
        await self.courier.stop()

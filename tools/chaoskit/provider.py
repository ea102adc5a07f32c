"""The simulator as a run uses it: its control door, and the provider's own lists."""

from typing import List

import aiohttp

from .settings import ACCOUNT_SID, AUTH_TOKEN

TIMEOUT_S = 90
PAGE_SIZE = 1000


class Provider:
    """Speaks to the simulator at `url`. To be closed."""

    def __init__(self, url: str):
        self._url = url
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_S), connector=aiohttp.TCPConnector(limit=0))

    async def close(self) -> None:
        """Closes its connections."""
        await self._session.close()

    async def get(self, path: str) -> dict:
        """GET of the control door."""
        return await self._call("GET", f"/sim/{path}")

    async def post(self, path: str, body: dict) -> dict:
        """POST to the control door."""
        return await self._call("POST", f"/sim/{path}", json=body)

    async def put(self, path: str, body: dict) -> dict:
        """PUT to the control door."""
        return await self._call("PUT", f"/sim/{path}", json=body)

    async def delete(self, path: str) -> dict:
        """DELETE at the control door."""
        return await self._call("DELETE", f"/sim/{path}")

    async def set_script(self, phone: str, script: str) -> None:
        """What a phone does from now on."""
        await self.put(f"phones/{phone.replace('+', '%2B')}/script", {"script": script})

    async def messages(self) -> List[dict]:
        """All of the account's messages in both directions, as its API lists them."""
        found, path = [], f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json?PageSize={PAGE_SIZE}"
        while path:
            page = await self._call("GET", path, auth=aiohttp.BasicAuth(ACCOUNT_SID, AUTH_TOKEN))
            found.extend(page["messages"])
            path = page["next_page_uri"]
        return found

    async def _call(self, method: str, path: str, **options) -> dict:
        async with self._session.request(method, self._url + path, **options) as answer:
            answer.raise_for_status()
            return await answer.json()

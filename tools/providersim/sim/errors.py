"""Errors as Twilio's API reports them."""

from typing import Optional

from aiohttp import web


class ApiError(Exception):
    """An answer in Twilio's classic error format (Twilio docs: "Twilio's response", "Exceptions").

    `code` is from Twilio's error dictionary; clients decide on it, never on `message`.
    """

    def __init__(self, status: int, code: int, message: str, detail: Optional[str] = None):
        super().__init__(message)
        self.status = status
        self._body = {"code": code, "message": message, "more_info": f"https://www.twilio.com/docs/errors/{code}",
                      "status": status}
        if detail:
            self._body["detail"] = detail

    def response(self) -> web.Response:
        """The HTTP answer."""
        headers = {"WWW-Authenticate": 'Basic realm="Twilio API"'} if self.status == 401 else None
        return web.json_response(self._body, status=self.status, headers=headers)


def not_found(path: str) -> ApiError:
    """20404: there is no such resource."""
    return ApiError(404, 20404, f"The requested resource {path} was not found")

"""The API of the server itself: its version and limits."""

from __future__ import annotations

from starlette.responses import Response

from services.forge.api.call import Call, answer
from services.forge.api.routing import Endpoint, endpoint
from services.forge.refusals import not_found


def version(call: Call) -> Response:
    """The Gitea release behaved like."""
    return answer({"version": call.forge.version.full})


def api_settings(_: Call) -> Response:
    """The page sizes."""
    return answer(
        {
            "max_response_items": 50,
            "default_paging_num": 30,
            "default_git_trees_per_page": 1000,
            "default_max_blob_size": 10_485_760,
            "default_max_response_size": 104_857_600,
        }
    )


def missing(_: Call) -> Response:
    """Everything that isn't offered."""
    raise not_found()


ENDPOINTS: list[Endpoint] = [
    endpoint("GET", "/version", version),
    endpoint("GET", "/settings/api", api_settings),
]
LAST: list[Endpoint] = [
    endpoint(method, "/{rest:path}", missing) for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
]

"""Files whose address changes with their content."""

from __future__ import annotations

from os import PathLike, stat_result

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from components.design import STATIC_CACHE_CONTROL


class ImmutableFiles(StaticFiles):
    """A folder that browsers need to ask for once."""

    def __init__(self, directory: str | PathLike[str]) -> None:
        super().__init__(directory=directory)

    def file_response(
        self, full_path: str | PathLike[str], stat_result: stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """The file, to be kept for a year."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["Cache-Control"] = STATIC_CACHE_CONTROL
        return response

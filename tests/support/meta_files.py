"""Writing into the meta repository behind the app's back, as somebody with Git rights would."""

from __future__ import annotations

import base64

from tests.support.server import META, ORG, RunningServer


def write_file(
    server: RunningServer, path: str, text: str, *, branch: str = "main", new_branch: str = ""
) -> str:
    """Commit one new file; returns the commit."""
    body = {"branch": branch, "content": base64.b64encode(text.encode()).decode(), "message": f"Add {path}"}
    answer = server.forge.admin.post(
        f"/api/v1/repos/{ORG}/{META}/contents/{path}",
        json=body | ({"new_branch": new_branch} if new_branch else {}),
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["commit"]["sha"])

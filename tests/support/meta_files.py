"""Writing into the meta repository behind the app's back, as somebody with Git rights would."""

from __future__ import annotations

import base64

from tests.support.server import META, ORG, RunningServer


def write_file(
    server: RunningServer, path: str, text: str, *, branch: str = "main", new_branch: str = ""
) -> str:
    """Commit one file, new or changed; returns the commit."""
    place = f"/api/v1/repos/{ORG}/{META}/contents/{path}"
    body = {"branch": branch, "content": base64.b64encode(text.encode()).decode(), "message": f"Write {path}"}
    if new_branch:
        body["new_branch"] = new_branch
    present = server.forge.admin.get(place, params={"ref": branch})
    if present.status_code == 200:
        answer = server.forge.admin.put(place, json=body | {"sha": present.json()["sha"]})
    else:
        answer = server.forge.admin.post(place, json=body)
    assert answer.is_success, answer.text
    return str(answer.json()["commit"]["sha"])

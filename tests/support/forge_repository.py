"""A repository on a running forge, with short ways to fill it."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from typing import Any

import httpx

from tests.support.forge import RunningForge, wait_until


def encoded(text: str) -> str:
    """Text as the contents API takes it."""
    return base64.b64encode(text.encode()).decode()


@dataclass(frozen=True)
class ForgeRepository:
    """A repository of the organization `acme`, used by the site admin."""

    forge: RunningForge
    name: str

    @property
    def path(self) -> str:
        """Where its API is."""
        return f"/api/v1/repos/acme/{self.name}"

    @property
    def page(self) -> str:
        """Where its pages are."""
        return f"/acme/{self.name}"

    def get(self, path: str = "", **query: Any) -> httpx.Response:
        """GET below the repository."""
        return self.forge.admin.get(httpx.URL(self.path + path).copy_merge_params(query))

    def send(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """Any other method below the repository."""
        return self.forge.admin.request(method, self.path + path, json=body)

    def write(self, path: str, text: str, branch: str = "main") -> str:
        """Create or overwrite a file; answers the commit."""
        files = [{"operation": "upload", "path": path, "content": encoded(text)}]
        made = self.send("POST", "/contents", {"files": files, "branch": branch})
        assert made.status_code == 201, made.text
        return str(made.json()["commit"]["sha"])

    def tip(self, branch: str = "main") -> str:
        """The commit a branch points to."""
        return str(self.get(f"/branches/{branch}").json()["commit"]["id"])

    def pull(self, head: str = "change") -> int:
        """A branch with a new file and a pull request from it."""
        self.send("POST", "/branches", {"new_branch_name": head, "old_ref_name": "main"})
        self.write(f"{head}.md", f"{head}\n", head)
        made = self.send("POST", "/pulls", {"head": head, "base": "main", "title": f"Add {head}"})
        assert made.status_code == 201, made.text
        return int(made.json()["number"])

    def settled(self, number: int) -> None:
        """Wait until a pull request is known to merge."""
        wait_until(lambda: self.get(f"/pulls/{number}").json()["mergeable"], what="a mergeable pull request")


def sample_repository(forge: RunningForge, **options: Any) -> ForgeRepository:
    """A fresh repository with a README on `main`."""
    name = f"repo-{secrets.token_hex(4)}"
    made = forge.admin.post("/api/v1/orgs/acme/repos", json={"name": name, "auto_init": True, **options})
    assert made.status_code == 201, made.text
    return ForgeRepository(forge, name)

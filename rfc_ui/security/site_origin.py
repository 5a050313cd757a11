"""The one origin this site is served from, and telling it from every other."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class SiteOrigin:
    """The origin of `APP_URL`: scheme, host and port, and nothing else."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, address: str) -> SiteOrigin:
        """Read the origin of `address`; raises ValueError when it has none."""
        parts = urlsplit(address.strip())
        if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
            raise ValueError(f"{address!r} has no http origin")
        return cls(parts.scheme, parts.hostname.lower(), parts.port or DEFAULT_PORTS[parts.scheme])

    @property
    def https(self) -> bool:
        """Whether the site is reached over TLS, so that cookies can be Secure and HSTS is meaningful."""
        return self.scheme == "https"

    @property
    def authority(self) -> str:
        """Host and port as a browser writes them: the scheme's own port is left out."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}"

    @property
    def socket(self) -> str:
        """The same origin for websockets, for browsers whose CSP `'self'` does not cover them."""
        return f"{'wss' if self.https else 'ws'}://{self.authority}"

    def is_written(self, origin: str | None) -> bool:
        """Whether an `Origin` header names this site; `null`, nothing and nonsense do not."""
        if not origin:
            return False
        try:
            return SiteOrigin.of(origin) == self and not urlsplit(origin).path.strip("/")
        except ValueError:
            return False

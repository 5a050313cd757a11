"""Where settings come from: the process environment, an env file, and files named by `NAME_FILE` (§17)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dotenv.parser import parse_stream

DEFAULT_ENV_FILE = Path(".env")


@dataclass(frozen=True, slots=True)
class Given:
    """One value as it was given, and where, in words for `rfc-ui config`."""

    value: str
    source: str


def read_environment(
    names: Iterable[str], *, env_file: Path | None, environ: Mapping[str, str]
) -> dict[str, Given]:
    """Return what was given for `names`: the real environment wins over the env file, empty counts as unset.

    Without `env_file`, `./.env` is read if it exists. Raises RuntimeError naming the variable or the file.
    """
    from_file = read_env_file(env_file)
    given: dict[str, Given] = {}
    for name in names:
        found = _given(name, environ, "environment") or _given(
            name, from_file, str(env_file or DEFAULT_ENV_FILE)
        )
        if found is not None:
            given[name] = found
    return given


def read_env_file(env_file: Path | None) -> dict[str, str]:
    """Return the assignments of an env file; a named file must exist, `./.env` need not."""
    path = env_file or DEFAULT_ENV_FILE
    if env_file is None and not path.is_file():
        return {}
    try:
        with path.open(encoding="utf-8") as stream:
            return _assignments(path, stream.read())
    except (OSError, UnicodeDecodeError) as error:
        raise RuntimeError(f"The env file {path} can't be read: {_reason(error)}") from error


def _assignments(path: Path, text: str) -> dict[str, str]:
    import io

    found: dict[str, str] = {}
    for binding in parse_stream(io.StringIO(text)):
        if binding.error or (binding.key is not None and binding.value is None):
            raise RuntimeError(f"Line {binding.original.line} of {path} is not of the form NAME=value")
        if binding.key is not None and binding.value is not None:
            found[binding.key] = binding.value
    return found


def _given(name: str, values: Mapping[str, str], source: str) -> Given | None:
    """A value and its `_FILE` variant belong together: the first place that has either decides."""
    value = values.get(name, "").strip()
    file_name = values.get(f"{name}_FILE", "").strip()
    if value and file_name:
        raise RuntimeError(f"{name} and {name}_FILE are both set; keep one of them")
    if file_name:
        return Given(_content(name, Path(file_name)), f"{source}, {name}_FILE")
    return Given(value, source) if value else None


def _content(name: str, path: Path) -> str:
    try:
        value = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise RuntimeError(f"The file that {name}_FILE names can't be read: {_reason(error)}") from error
    if not value:
        raise RuntimeError(f"The file that {name}_FILE names is empty")
    return value


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else (error.strerror or str(error))

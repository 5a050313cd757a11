"""`rfc-ui demo`: the whole product on an embedded forge, with people and documents in it (§17)."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rfc_ui.cli.demo_banner import announce_when_ready
from rfc_ui.cli.embedding import start_forge
from rfc_ui.cli.outcome import FAILED, WRONG_USE, CommandFailed
from rfc_ui.cli.ports import require_free_port
from rfc_ui.cli.serve import end_on_sigterm, listen_on

if TYPE_CHECKING:
    from rfc_ui.bootstrap import Application
    from rfc_ui.settings import Settings
    from services.ops.demo_site import DemoPerson
    from services.ops.embedded import EmbeddedForge

log = logging.getLogger(__name__)
EVERY_ADDRESS = ("0.0.0.0", "::", "")  # noqa: S104 - compared with, not bound


def demo(
    host: Annotated[str, typer.Option(help="Address to bind, and to be called by.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port of the app.", min=1, max=65535)] = 8080,
    forge_port: Annotated[int, typer.Option(help="Port of the forge.", min=1, max=65535)] = 3000,
    data: Annotated[Path, typer.Option(help="Folder that keeps everything.")] = Path("demo-data"),
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget what the folder keeps.")] = False,
    corpus: Annotated[
        Path | None,
        typer.Option(help="Import this folder's markdown files instead of the samples.", show_default=False),
    ] = None,
) -> None:
    """Run the whole product on an embedded forge, with sample people and documents."""
    if corpus is not None and not corpus.is_dir():
        raise CommandFailed(f"There is no folder {corpus}.", exit_code=WRONG_USE)
    if port == forge_port:
        raise CommandFailed("--port and --forge-port must differ.", exit_code=WRONG_USE)
    _run(
        _Demo(host=host, port=port, forge_port=forge_port, folder=data.resolve(), corpus=corpus), fresh=fresh
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Demo:
    host: str
    port: int
    forge_port: int
    folder: Path
    corpus: Path | None

    @property
    def name(self) -> str:
        """The address it calls itself by; §17: never localhost."""
        return "127.0.0.1" if self.host in (*EVERY_ADDRESS, "localhost") else self.host

    @property
    def app_url(self) -> str:
        return f"http://{self.name}:{self.port}"

    @property
    def forge_url(self) -> str:
        return f"http://{self.name}:{self.forge_port}"


def _run(demo: _Demo, *, fresh: bool) -> None:
    from services.ops.demo_site import DemoFolderInUse, NotADemoFolder, demo_folder

    require_free_port(demo.host, demo.port)
    require_free_port(demo.host, demo.forge_port, option="--forge-port")
    try:
        with demo_folder(demo.folder, fresh=fresh):
            _serve(demo)
    except (DemoFolderInUse, NotADemoFolder) as error:
        raise CommandFailed(str(error), exit_code=WRONG_USE) from error


def _serve(demo: _Demo) -> None:
    from services.ops.demo_site import LOG_FILE, demo_plan, write_demo_settings
    from services.ops.log import log_to_file

    end_on_sigterm()
    env_file = write_demo_settings(demo.folder, app_url=demo.app_url)
    log_to_file(demo.folder / LOG_FILE)
    typer.echo(f"Starting … (log: {demo.folder / LOG_FILE})")
    threading.Thread(
        target=import_module, args=("rfc_ui.app",)
    ).start()  # while the forge starts: saves a second
    plan = demo_plan(
        demo.folder,
        host=demo.host,
        forge_port=demo.forge_port,
        forge_url=demo.forge_url,
        app_url=demo.app_url,
    )
    forge = start_forge(plan, option="--forge-port")
    try:
        _serve_app(demo, env_file, forge)
    finally:
        forge.stop()


def _serve_app(demo: _Demo, env_file: Path, forge: EmbeddedForge) -> None:
    from rfc_ui.app import create_app
    from rfc_ui.server import serve as serve_on

    settings = _settings(env_file)
    failures: list[Exception] = []
    people = _people(forge)
    prepare = _ending_on_failure(lambda application: _prepare(application, demo, people, forge), failures)
    listener = listen_on(demo.host, demo.port)
    with listener:
        announce_when_ready(host=demo.host, port=demo.port, app_url=demo.app_url, forge_url=demo.forge_url)
        with suppress(KeyboardInterrupt, SystemExit):
            serve_on(create_app(settings, prepare=prepare), listener)
    if failures:
        raise CommandFailed(f"The sample data could not be made: {failures[0]}", exit_code=FAILED)


def _settings(env_file: Path) -> Settings:
    """The demo's own settings; from the environment only what it does not decide itself."""
    from rfc_ui.settings import REQUIRED_NAMES, Settings

    decided = {*REQUIRED_NAMES, "DATABASE_PATH", "DATABASE_URL", "FORGE", "SITE_NAME", "SITE_PITCH"}
    decided |= {f"{name}_FILE" for name in decided}
    environ = {name: value for name, value in os.environ.items() if name not in decided}
    try:
        return Settings.load(env_file, environ)
    except RuntimeError as error:
        raise CommandFailed(f"RuntimeError: {error}", exit_code=WRONG_USE) from error


def _people(forge: EmbeddedForge) -> tuple[DemoPerson, ...]:
    from services.ops.demo_site import ACCOUNTS, DemoPerson

    with forge.setup() as setup:
        return tuple(
            DemoPerson(account, user.id, user.avatar_url)
            for account in ACCOUNTS
            for user in [
                setup.ensure_user(
                    account.login,
                    password=account.login,
                    full_name=account.full_name,
                    email=f"{account.login}@demo.invalid",
                )
            ]
        )


async def _prepare(
    application: Application, demo: _Demo, people: tuple[DemoPerson, ...], forge: EmbeddedForge
) -> None:
    from services.ops.demo_data import FIRST_DAY, make_demo_data
    from services.ops.demo_site import is_prepared, note_prepared
    from services.ops.sample_calendar import Calendar
    from services.ops.seed import SeedPlan, seed

    settings = application.settings
    plan = SeedPlan(
        site_name=settings.site_name,
        webhook_url=settings.webhook_url,
        webhook_secret=settings.gitea_webhook_secret.get_secret_value(),
    )
    if is_prepared(demo.folder):
        await seed(application.context, plan)
        return
    calendar = Calendar(forge.run_behind)
    if demo.corpus is None:
        calendar.turn_to(FIRST_DAY)
    await seed(application.context, plan)
    await make_demo_data(application.context, people=people, corpus=demo.corpus, calendar=calendar)
    calendar.be_today()
    note_prepared(demo.folder)


def _ending_on_failure(
    prepare: Callable[[Application], Awaitable[None]], failures: list[Exception]
) -> Callable[[Application], Awaitable[None]]:
    """A demo without its data is no demo: end the server instead of serving an empty one."""

    async def attempt(application: Application) -> None:
        try:
            await prepare(application)
        except Exception as error:
            log.exception("the sample data could not be made")
            failures.append(error)
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.Event().wait()  # the start never gets over; the server's end cancels it

    return attempt

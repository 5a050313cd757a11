"""`rfc-ui seed`: the meta repository and the webhook."""

from __future__ import annotations

import typer

from rfc_ui.cli.application import with_context
from rfc_ui.cli.configuration import EnvFile, load_settings, start_logging


def seed(env_file: EnvFile = None) -> None:
    """Create what is missing in Gitea: the meta repository with its files, and the webhook. Safe to repeat."""
    from services.ops.seed import SeedPlan
    from services.ops.seed import seed as seed_gitea

    settings = load_settings(env_file)
    start_logging(settings)
    plan = SeedPlan(
        site_name=settings.site_name,
        webhook_url=settings.webhook_url,
        webhook_secret=settings.gitea_webhook_secret.get_secret_value(),
    )
    report = with_context(settings, lambda context: seed_gitea(context, plan))
    made = "created" if report.repository_created else "was there"
    typer.echo(f"Meta repository {settings.meta_repository}: {made}.")
    typer.echo(f"Files written: {', '.join(report.files) or 'none, all were there'}.")
    typer.echo(f"Webhook: {settings.webhook_url} (hook {report.hook_id}).")
    if report.graduated:
        typer.echo(f"Webhooks of RFCs with a repository of their own: {report.graduated} made anew.")
    for repo in report.missing:
        typer.echo(f"There is no repository {repo} on Gitea any more; it has no webhook.")

"""The command `vouchers serve`."""

import os
import sys

import click

from service.cli.session import data_option
from service.settings import load_settings

HIGHEST_PORT = 65_535
MOST_THREADS = 256
MOST_WORKERS = 64


@click.command()
@data_option
@click.option("--host", help="Address to listen on (default: 127.0.0.1).")
@click.option("--port", type=click.IntRange(1, HIGHEST_PORT), metavar="N", help="Port (default: 8080).")
@click.option(
    "--threads", type=click.IntRange(1, MOST_THREADS), metavar="N", help="Requests answered at a time (default: 8)."
)
@click.option(
    "--workers",
    type=click.IntRange(0, MOST_WORKERS),
    metavar="N",
    help="Processes (default: two on SQLite, one per core on PostgreSQL).",
)
def serve(data: str, host: str | None, port: int | None, threads: int | None, workers: int | None) -> None:
    """Serve the HTTP interface until it is told to stop (Ctrl-C or SIGTERM)."""
    from service.serving import serve as run_server  # noqa: PLC0415 - the server is loaded by no other command

    settings = load_settings(data, os.environ, host=host, port=port, threads=threads, workers=workers)
    begun = f"Serving {settings.data} on http://{settings.host}:{settings.port} (Ctrl-C stops)"
    run_server(settings, begun=lambda: click.echo(begun, file=sys.stderr))

"""The command `vouchers worker`: views, webhooks and what is due by day, done beside the service."""

import os
import signal
import sys

import click

from service.cli.output import Output
from service.cli.session import data_option
from service.leasing import Lease
from service.observing.logs import start_logging
from service.settings import load_settings
from service.wiring import Service
from service.worker import LEASE, Worker, jobs_of


@click.command()
@data_option
@click.option("--once", is_flag=True, help="Do everything once and end, for a timer such as cron.")
def worker(data: str, once: bool) -> None:
    """Work beside the service until it is told to stop (Ctrl-C or SIGTERM): views, webhooks, what is due by day.

    Several may run for one installation: one leads, and another takes its place soon after it is gone.
    """
    settings = load_settings(data, os.environ)
    start_logging(settings.observing)
    with Service(settings) as service:
        seconds = settings.worker.lease
        working = Worker(Lease(service.desk, LEASE, seconds), jobs_of(service), seconds)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: working.stop())
        if once:
            if not working.once():
                Output(as_json=False).note("Another worker leads, or a job failed: see the log.")
            return
        click.echo(f"Working for {settings.data} (Ctrl-C stops)", file=sys.stderr)
        working.run()

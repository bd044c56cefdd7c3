"""The command `vouchers worker`: views, webhooks and what is due by day, done beside the service."""

import os
import signal
import sys
import threading
from contextlib import ExitStack

import click

from service.audit import keeping
from service.audit.gate import open_gate
from service.cli.output import Output
from service.cli.session import data_option
from service.leasing import Lease
from service.observing.logs import start_logging
from service.settings import MAIN, Settings, load_settings, settings_of_store
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
    with ExitStack() as opened:
        workers = []
        for name in (MAIN, *settings.stores):
            service = opened.enter_context(Service(settings_of_store(settings, name)))
            open_gate(service)
            opened.callback(keeping.sign, service)  # What was appended last is signed once the worker has stopped.
            workers.append(_worker_of(service, name))

        def stop(*_: object) -> None:
            for each in workers:
                each.stop()

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, stop)
        if once:
            done = [each.once() for each in workers]
            if not all(done):
                Output(as_json=False).note("Another worker leads, or a job failed: see the log.")
            return
        click.echo(f"Working for {settings.data} (Ctrl-C stops)", file=sys.stderr)
        _run(workers)


def _worker_of(service: Service, name: str) -> Worker:
    """The worker of one store, whose lease is at its own desk."""
    settings: Settings = service.settings
    seconds = settings.worker.lease
    return Worker(Lease(service.desk, LEASE, seconds), jobs_of(service), seconds, "" if name == MAIN else name)


def _run(workers: list[Worker]) -> None:
    """Run the first in this thread, where signals arrive, and each other store's in one of its own."""
    threads = [threading.Thread(target=each.run) for each in workers[1:]]
    for thread in threads:
        thread.start()
    workers[0].run()
    for thread in threads:
        thread.join()

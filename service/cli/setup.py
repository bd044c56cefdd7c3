"""Commands that set an installation up: init, demo."""

from pathlib import Path
from typing import Any

import click

from service.cli.output import Output, pairs
from service.cli.session import data_option, json_option
from service.identity.issuing import LocalIssuer
from service.settings import FILE, Settings, create_folder
from service.wiring import Service

MOST_ENTERPRISES = 1_000_000


@click.command()
@data_option
@json_option
@click.option("--log", metavar="URL", help="The log: sqlite:PATH or postgresql://... (default: sqlite:log.sqlite).")
@click.option(
    "--views", metavar="URL", help="The views: sqlite:PATH or postgresql://... (default: sqlite:views.sqlite)."
)
@click.option("--desk", metavar="URL", help="The desk: sqlite:PATH or postgresql://... (default: sqlite:desk.sqlite).")
@click.option("--timezone", metavar="ZONE", help="Time zone of the local days (default: Asia/Shanghai).")
def init(data: str, as_json: bool, log: str | None, views: str | None, desk: str | None, timezone: str | None) -> None:
    """Make a data folder: settings, log, views, sampling seed. An existing one is left as it is."""
    out = Output(as_json=as_json)
    existed = (Path(data) / FILE).exists()
    settings = create_folder(data, log=log, views=views, desk=desk, timezone=timezone)
    try:
        facts = {"data": str(settings.data), "existed": existed, **_opened(settings)}
    except Exception:  # Whatever it is goes on to the caller.
        # A folder whose stores could not be opened would keep a wrong address, and init would not change it.
        if not existed:
            (settings.data / FILE).unlink()
        raise
    if existed and any((log, views, desk, timezone)):
        out.note(f"The folder existed already; change its {FILE} to change its settings.")
    title = "This data folder exists" if existed else "A new data folder"
    shown = [(name.replace("_", " "), value) for name, value in facts.items() if name != "existed"]
    here = settings.data.is_relative_to(Path.cwd())
    shown[0] = ("data", settings.data.relative_to(Path.cwd()) if here else settings.data)
    out.answer(facts, pairs(title, shown), "" if existed else "Next: vouchers policy list, vouchers policy adopt NAME")


def _opened(settings: Settings) -> dict[str, Any]:
    """Open the stores once, so that everything is made or its fault is told now."""
    with Service(settings) as service:
        position = service.catch_up()
        return {
            "timezone": settings.timezone,
            "sampling_commitment": service.sampling_commitment,
            "token_issuer": LocalIssuer(settings.data).issuer.url,
            "position": position,
        }


@click.command()
@data_option
@json_option
@click.option(
    "--scale",
    type=click.IntRange(10, MOST_ENTERPRISES),
    metavar="N",
    default=2_000,
    show_default=True,
    help="Enterprises.",
)
@click.option(
    "--seed", type=int, metavar="N", default=2026, show_default=True, help="The same seed plays the same year."
)
@click.option(
    "--in", "folder", type=click.Path(file_okay=False), metavar="DIR", help="Where to play (default: the data folder)."
)
def demo(data: str, as_json: bool, scale: int, seed: int, folder: str | None) -> None:
    """Play a whole programme year in a new folder: registry, entitlement, orders, payments, and what came of it."""
    from service.demo import run_demo  # noqa: PLC0415 - a year is played by no other command

    out = Output(as_json=as_json)
    summary = run_demo(Path(folder or data), scale=scale, seed=seed, console=out.messages if as_json else out.console)
    if as_json:
        out.answer(summary)

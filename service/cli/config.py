"""The commands `vouchers config`: which settings hold, where each comes from, and whether they can be."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import click

from service.cli.output import Output, table
from service.cli.problems import FAULTY_INPUT
from service.cli.session import data_option, json_option
from service.configuring import HIDDEN, leaves, masked
from service.settings import Settings, idle_variables, pattern_of, trace_settings


@click.group()
def config() -> None:
    """The settings of an installation: show them with their origin, check them."""


@config.command()
@data_option
@json_option
@click.option("--origin", "with_origin", is_flag=True, help="Say where each value comes from.")
@click.option("--changed", is_flag=True, help="Leave the defaults out.")
def show(data: str, as_json: bool, with_origin: bool, changed: bool) -> None:
    """The settings that hold: flags, then environment, then file, then default; secrets stay hidden."""
    settings, origins = trace_settings(data, os.environ)
    rows = [row for row in shown(settings, origins) if not changed or row["origin"] != "default"]
    columns = ["setting", "value", "origin"] if with_origin else ["setting", "value"]
    listed = [[row[name] for name in columns] for row in rows]
    plain = [row if with_origin else {"setting": row["setting"], "value": row["value"]} for row in rows]
    facts = {"data": str(settings.data), "settings": plain}
    Output(as_json=as_json).answer(facts, table(f"Settings of {settings.data}", columns, listed))


@config.command()
@data_option
@json_option
@click.pass_context
def check(ctx: click.Context, data: str, as_json: bool) -> None:
    """Read every setting; one that cannot be is refused with its place, a variable that sets nothing is named."""
    _, origins = trace_settings(data, os.environ)
    idle = idle_variables(os.environ)
    facts = {"settings": len(origins), "idle": idle}
    out = Output(as_json=as_json)
    if not idle:
        out.answer(facts, f"Every setting can be read; {len(origins)} differ from the defaults of their own accord.")
        return
    rows = [(name, "It sets nothing: compare `vouchers config show`.") for name in idle]
    out.answer(facts, table("Variables that set nothing", ["variable", "what"], rows))
    ctx.exit(FAULTY_INPUT)


def shown(settings: Settings, origins: Mapping[str, str]) -> list[dict[str, str]]:
    """Every setting with its value and origin; secrets and passwords are hidden."""
    secret = {leaf.name for leaf in leaves(Settings) if leaf.about.secret}
    return [
        {
            "setting": name,
            "value": HIDDEN if value and pattern_of(name) in secret else masked(_text(value)),
            "origin": origins.get(name, "default"),
        }
        for name, value in _values(settings)
    ]


def _values(value: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every plain value below a table, by its dotted name."""
    for each in fields(value):
        inner, name = getattr(value, each.name), f"{prefix}{each.name}"
        if name == "data":
            continue
        if is_dataclass(inner):
            yield from _values(inner, f"{name}.")
        elif isinstance(inner, Mapping):
            for key, one in inner.items():
                yield from _values(one, f"{name}.{key}.")
        elif isinstance(inner, tuple) and inner and is_dataclass(inner[0]):
            for number, one in enumerate(inner):
                yield from _values(one, f"{name}.{number}.")
        else:
            yield name, inner


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(value) if isinstance(value, tuple) else str(value)

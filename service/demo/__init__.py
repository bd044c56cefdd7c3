"""A programme year to look at: invented enterprises and providers, played through the ordinary commands."""

from service.demo.playing import run_demo
from service.demo.population import make_enterprises, make_providers, write_enterprises, write_providers

__all__ = ["make_enterprises", "make_providers", "run_demo", "write_enterprises", "write_providers"]

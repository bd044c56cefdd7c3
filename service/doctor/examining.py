"""The whole examination: machine first, then the stores; what cannot be looked at is a finding too."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from service.configuring import SettingInvalid, SettingUnknown
from service.doctor import machine, outward, privacy, signing, stores, tree
from service.doctor.findings import Finding, fail
from service.observing.logs import describe
from service.observing.redacting import redacted
from service.settings import Settings, idle_variables, load_settings
from service.wiring import Service


def examine(data: str, environment: Mapping[str, str], *, quick: bool = False) -> Iterator[Finding]:
    """Look at everything; `quick` leaves out what reads the whole log. Raises DataFolderMissing."""
    try:
        settings = load_settings(data, environment)
    except (SettingUnknown, SettingInvalid) as refused:
        yield fail("settings", refused.detail, refused.remedy)
        return
    yield from _machine(settings, environment)
    files = {"log": settings.log_url, "views": settings.views_url, "desk": settings.desk_url}
    damaged = [each for name, url in files.items() for each in stores.look_at_file(name, url)] if not quick else []
    yield from damaged
    try:
        service = Service(settings)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what was looked for
        yield _broken("opening", error, "Start the database, or compare `vouchers config show --origin`.")
        return
    with service:
        yield from _stores(service, quick=quick)


def _machine(settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    yield from _tried("disk", lambda: machine.look_at_disk(settings))
    yield from _tried("files", lambda: machine.look_at_files(settings))
    yield from _tried("limits", lambda: machine.look_at_limits(settings))
    yield from _tried("time zone", lambda: machine.look_at_zone(settings))
    yield from machine.look_at_variables(environment, idle_variables(environment))
    yield from stores.look_at_spread(settings)


def _stores(service: Service, *, quick: bool) -> Iterator[Finding]:
    yield from _tried("log", lambda: stores.look_at_log(service))
    yield from _tried("guards", lambda: tree.look_at_guards(service))
    yield from _tried("checkpoints", lambda: signing.look_at_checkpoints(service))
    yield from _tried("log key", lambda: signing.look_at_key(service))
    yield from _tried("clock", lambda: stores.look_at_clock(service))
    if not quick:
        yield from _tried("entries", lambda: stores.look_at_entries(service))
        yield from _tried("tree", lambda: tree.look_at_tree(service))
        yield from _tried("redactions", lambda: privacy.look_at_redactions(service))
    yield from _tried("views", lambda: stores.look_at_views(service))
    yield from _tried("desk", lambda: stores.look_at_desk(service))
    yield from _tried("vault", lambda: privacy.look_at_vault(service))
    yield from _tried("worker", lambda: outward.look_at_worker(service))
    yield from _tried("webhooks", lambda: outward.look_at_webhooks(service))
    yield from _tried("outsiders", lambda: outward.look_at_outsiders(service))


def _tried(check: str, look: Callable[[], Iterable[Finding]]) -> list[Finding]:
    try:
        return [*look()]
    except Exception as error:  # noqa: BLE001 - a check that breaks must not hide the others
        return [_broken(check, error, "Look at the message; the other checks were made.")]


def _broken(check: str, error: Exception, remedy: str) -> Finding:
    told = describe(error)
    return fail(check, redacted(f"{told['type']}: {told['message']}"), remedy)

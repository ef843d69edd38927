"""Whatever ends, and whenever: an ingest, the server, the network to it. Nothing is lost."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from servers import Server, running_server
from sqlalchemy import make_url
from support import contents
from test_survival import children, command, kill_something, make_collection, seeded

PHOTOS = 2_000
MOMENTS_OF_A_SOAK = 50
MOMENTS_A_DATABASE = 3
LATEST_S = 4.0
SERVER, CLIENT = "198.18.77.1", "198.18.77.2"  # of a range that is kept for such tests
NOTICED_SOON = {
    "connect_timeout": "4",
    "keepalives_idle": "1",
    "keepalives_interval": "1",
    "keepalives_count": "3",
    "tcp_user_timeout": "4000",
}


class Network:
    """A namespace of its own, from which nothing but one address of this machine is reached."""

    def __init__(self) -> None:
        self.name = f"mosaicdb{os.getpid()}"
        self.outside, self.inside = f"mdb{os.getpid()}a", f"mdb{os.getpid()}b"

    def set_up(self) -> None:
        """Make it, with a pair of interfaces."""
        _ip("netns", "add", self.name)
        _ip("link", "add", self.outside, "type", "veth", "peer", self.inside, "netns", self.name)
        _ip("address", "add", f"{SERVER}/30", "dev", self.outside)
        _ip("link", "set", self.outside, "up")
        _ip("-n", self.name, "address", "add", f"{CLIENT}/30", "dev", self.inside)
        self.mend()

    def cut(self) -> None:
        """Let no packet through from now on, and say so to nobody."""
        _ip("-n", self.name, "link", "set", self.inside, "down")

    def mend(self) -> None:
        """Let packets through again."""
        _ip("-n", self.name, "link", "set", self.inside, "up")

    def command(self, *words: str) -> list[str]:
        """Give the command line that runs a command in it."""
        return ["ip", "netns", "exec", self.name, *words]

    def remove(self) -> None:
        """Remove it, and with it the interfaces."""
        _ip("netns", "delete", self.name)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@contextmanager
def own_network() -> Iterator[Network]:
    """Give a network; a test that needs one is skipped where none can be made."""
    network = Network()
    try:
        network.set_up()
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no network namespace: it takes root, and iproute2 ({error})")
    try:
        yield network
    finally:
        network.remove()


def crash(server: Server) -> None:
    """Kill all processes of a server."""
    assert server.folder is not None
    family = children(_pid(server))
    server.stop(signal.SIGKILL)
    for pid in family:
        _kill(pid)
    while any(Path(f"/proc/{pid}").exists() for pid in family):
        time.sleep(0.01)


def _pid(server: Server) -> int:
    assert server.folder is not None
    return int((server.folder / "data" / "postmaster.pid").read_text().split()[0])


def _await(server: Server) -> None:
    import psycopg

    while True:
        try:
            server.run("SELECT 1")
            return
        except psycopg.OperationalError:
            time.sleep(0.05)


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):  # it was faster
        os.kill(pid, signal.SIGKILL)


class Disturbances:
    """What happens at a moment, and what makes it good."""

    def __init__(self, server: Server, network: Network, dice: random.Random) -> None:
        self.server, self.network, self.dice = server, network, dice

    def disturb(self, running: subprocess.Popen[bytes]) -> str:
        """End something, and bring it back, before the ingest has ended or after; say what."""
        kinds: dict[str, Callable[[], Callable[[], None]]] = {
            "ingest": lambda: self._end_ingest(running),
            "server": self._end_server,
            "network": self._cut_network,
        }
        kind = self.dice.choice(list(kinds))
        mend = kinds[kind]()
        time.sleep(self.dice.choice([0, 1, 10]) * self.dice.random())
        mend()
        return kind

    def _end_ingest(self, running: subprocess.Popen[bytes]) -> Callable[[], None]:
        kill_something(running, self.dice)
        return lambda: None

    def _end_server(self) -> Callable[[], None]:
        how = self.dice.choice(["crash", "immediate", "session"])
        if how == "session":
            _kill(self.dice.choice(sorted(children(_pid(self.server)))))
            return lambda: _await(self.server)  # it ends all sessions, and recovers by itself
        if how == "crash":
            crash(self.server)
        else:
            self.server.stop(signal.SIGQUIT)
        return self.server.start

    def _cut_network(self) -> Callable[[], None]:
        self.network.cut()
        return self.network.mend


def ingest_among_disturbances(
    ingest: list[str], disturbances: Disturbances, errors: Path
) -> tuple[str, int, str]:
    """Run an ingest, end something meanwhile; give what it was, the exit code and stderr."""
    with errors.open("wb") as stderr:
        running = subprocess.Popen(
            ingest, stdout=subprocess.DEVNULL, stderr=stderr, start_new_session=True
        )
    try:
        time.sleep(disturbances.dice.uniform(0.3, LATEST_S))
        was_over = running.poll() is not None
        kind = disturbances.disturb(running)
        code = running.wait(timeout=300)
    finally:
        running.kill()
    return f"{kind}, too late" if was_over else kind, code, errors.read_text("utf-8")


@pytest.mark.soak
def test_ingests_survive_fifty_ends_of_ingest_server_and_network(tmp_path: Path) -> None:
    folder = make_collection(tmp_path / "photos", PHOTOS)
    dice = seeded()
    settings = (f"listen_addresses={SERVER}",)
    with own_network() as network, running_server(None, settings) as server:

        def ingest(url: str) -> list[str]:
            there = make_url(url).set(host=SERVER, port=5432, query=NOTICED_SOON)
            location = there.render_as_string(hide_password=False)
            return network.command(*command(folder, location), "--deadline", "2")

        def finish(url: str) -> dict[str, list[tuple[object, ...]]]:
            done = subprocess.run(ingest(url), capture_output=True, check=False, timeout=120)
            assert done.returncode in (0, 3), done.stderr  # 0: all was done before
            return contents(url)

        with server.database() as url:
            calm = finish(url)
        left = MOMENTS_OF_A_SOAK
        while left:
            with server.database() as url:
                for _ in range(min(left, MOMENTS_A_DATABASE)):
                    disturbances = Disturbances(server, network, dice)
                    kind, code, told = ingest_among_disturbances(
                        ingest(url), disturbances, tmp_path / "errors"
                    )
                    print(kind, code, told.splitlines()[-1:])  # noqa: T201 - shown where it fails
                    left -= 1
                    if code not in (0, 3) and not kind.startswith("ingest"):
                        assert code == 1
                    if code == 1:
                        assert len(told.splitlines()) == 1, told
                assert finish(url) == calm

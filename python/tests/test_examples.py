"""The examples, over real transports on loopback."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Iterator

import convergedb
import pytest

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


@pytest.fixture(autouse=True)
def examples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(EXAMPLES))


class Server:
    """An aiohttp application in a thread of its own, on a free port."""

    def __init__(self, app: Any) -> None:
        from aiohttp import web

        self.loop = asyncio.new_event_loop()
        self.runner = web.AppRunner(app)
        started = threading.Event()

        async def start() -> None:
            await self.runner.setup()
            site = web.TCPSite(self.runner, "127.0.0.1", 0)
            await site.start()
            self.port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
            started.set()

        def serve() -> None:
            self.loop.run_until_complete(start())
            self.loop.run_forever()

        self.thread = threading.Thread(target=serve)
        self.thread.start()
        assert started.wait(10)

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self.runner.cleanup(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[Any]:
    pytest.importorskip("aiohttp")
    import relay as example

    with convergedb.open(tmp_path / "server.db") as doc:
        server = Server(example.application(doc))
        yield doc, f"http://127.0.0.1:{server.port}"
        server.stop()


def test_two_clients_of_a_relay(relay: Any, tmp_path: Path) -> None:
    import client

    doc, url = relay
    with convergedb.open(tmp_path / "phone.db") as phone:
        phone.insert("todos", "1", {"title": "milk", "done": False})
        client.sync(phone, url)
        # The laptop is a program of its own.
        ran = subprocess.run([sys.executable, EXAMPLES / "client.py", tmp_path / "laptop.db", url], capture_output=True, text=True, timeout=60)
        assert ran.returncode == 0, ran.stderr
        with convergedb.open(tmp_path / "laptop.db") as laptop:
            assert laptop.digest() == phone.digest() == doc.digest()
            # Both write offline, and then they meet.
            laptop.update("todos", "1", "title", "oat milk")
            phone.update("todos", "1", "done", True)
            phone.insert_many("todos", [(f"more-{at:06}", {"n": at}) for at in range(70_000)])
            for replica in (laptop, phone, laptop):
                client.sync(replica, url)
            assert laptop.digest() == phone.digest() == doc.digest()
            assert laptop.row("todos", "1") == {"title": "oat milk", "done": True}


def test_a_relay_refuses_what_is_broken(relay: Any) -> None:
    import urllib.error
    import urllib.request

    doc, url = relay
    doc.insert("t", "1", {})
    other = convergedb.Doc()
    other.insert("t", "2", {})
    for body, status in ((b"nonsense", 400), (bytes(other.get_pending({})), 409)):
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(urllib.request.Request(f"{url}/push", data=body))
        assert caught.value.code == status
        caught.value.close()
    assert doc.count("t") == 1


def test_presence() -> None:
    pytest.importorskip("aiohttp")
    import presence

    room = presence.Room(ttl_ms=1_500)
    server = Server(presence.application(room))
    url = f"http://127.0.0.1:{server.port}/presence"

    async def run() -> None:
        ann, bob = (convergedb.EphemeralStore(peer=name, ttl_ms=1_500) for name in ("ann", "bob"))
        parts = [asyncio.create_task(presence.take_part(url, ann))]
        ann["cursors"]["ann"] = 1

        async def until(wanted: "object") -> None:
            for _ in range(500):
                if wanted():  # type: ignore[operator]
                    return
                await asyncio.sleep(0.01)
            raise AssertionError("it did not come")

        await until(lambda: room.store["cursors"].get("ann") == 1)
        # Bob comes later, and is told who is there.
        parts.append(asyncio.create_task(presence.take_part(url, bob)))
        await until(lambda: bob["cursors"].get("ann") == 1)
        bob["cursors"]["bob"] = 2
        ann["cursors"]["ann"] = 3
        await until(lambda: ann["cursors"].get("bob") == 2 and bob["cursors"].get("ann") == 3)
        # Ann vanishes without a word: what she left ends by itself.
        parts[0].cancel()
        await until(lambda: "ann" not in bob["cursors"])
        parts[1].cancel()
        await asyncio.gather(*parts, return_exceptions=True)

    try:
        asyncio.run(asyncio.wait_for(run(), 30))
    finally:
        server.stop()


def test_presence_loses_nothing_and_keeps_nothing() -> None:
    """What is written while a client begins reaches the server; what has ended leaves the server's store without anybody's help."""
    pytest.importorskip("aiohttp")
    import presence

    room = presence.Room(ttl_ms=300)
    server = Server(presence.application(room))
    url = f"http://127.0.0.1:{server.port}/presence"

    class Late(convergedb.EphemeralStore):
        """Somebody writes into it right after its state was taken to be sent."""

        __slots__ = ()

        def encode(self, *namespaces: str) -> bytes:
            message = super().encode(*namespaces)
            asyncio.get_running_loop().call_soon(lambda: self.set("cursors", "me", 1))
            return message

    async def run() -> None:
        store = Late(peer="me", ttl_ms=60_000)
        part = asyncio.create_task(presence.take_part(url, store))
        for _ in range(500):
            if room.store["cursors"].get("me") == 1:
                break
            await asyncio.sleep(0.01)
        else:
            raise AssertionError("the server never heard of it")
        part.cancel()
        await asyncio.gather(part, return_exceptions=True)
        for _ in range(500):
            if room.store.entries == 0:
                return
            await asyncio.sleep(0.01)
        raise AssertionError("the server keeps what has ended")

    try:
        asyncio.run(asyncio.wait_for(run(), 30))
    finally:
        server.stop()


def test_pandas_in_and_out(doc: convergedb.Doc) -> None:
    pandas = pytest.importorskip("pandas")
    import with_pandas

    frame = pandas.DataFrame(
        {"n": [1, 2, 3], "f": [0.5, float("nan"), 2.0], "s": ["a", None, "c"], "b": [True, False, True]},
        index=["x", "y", "z"],
    )
    assert with_pandas.from_frame(doc, "frames", frame) == 3
    assert doc.row("frames", "x") == {"n": 1, "f": 0.5, "s": "a", "b": True}
    assert doc.row("frames", "y") == {"n": 2, "f": None, "s": None, "b": False}
    assert [type(value) for value in (doc.row("frames", "z") or {}).values()] == [bool, float, int, str]
    again = with_pandas.to_frame(doc, "frames")
    assert list(again.index) == ["x", "y", "z"] and list(again["n"]) == [1, 2, 3] and again["f"].isna().tolist() == [False, True, False]
    assert again["n"].sum() == 6 and again["b"].tolist() == [True, False, True]


def test_numpy_scalars(doc: convergedb.Doc) -> None:
    numpy = pytest.importorskip("numpy")
    doc.insert("t", "1", {"i": numpy.int64(5), "f": numpy.float32(0.5), "d": numpy.float64(1.5), "b": numpy.bool_(True)})
    row = doc.row("t", "1") or {}
    assert row == {"i": 5, "f": 0.5, "d": 1.5, "b": True} and [type(row[col]) for col in "ifdb"] == [int, float, float, bool]
    with pytest.raises(convergedb.InvalidValue):
        doc.update("t", "1", "i", numpy.zeros(3))
    doc.insert_many("t", {"id": ["a", "b"], "v": numpy.arange(2)}, key="id")
    assert doc.get("t", "b", "v") == 1

"""Who is here, over WebSockets: a server passes on what each client says of itself. It needs aiohttp.

Each client has an `EphemeralStore`; so has the server, for those who come later. What a client that vanished left ends by itself.
"""

from __future__ import annotations

import asyncio
from typing import AsyncIterator, Set

import aiohttp
import convergedb
from aiohttp import web


class Room:
    """The server's side."""

    def __init__(self, ttl_ms: int = 30_000) -> None:
        self.store = convergedb.EphemeralStore(ttl_ms=ttl_ms)
        self.members: Set[web.WebSocketResponse] = set()

    async def join(self, request: web.Request) -> web.WebSocketResponse:
        """One client, until it leaves."""
        socket = web.WebSocketResponse(max_msg_size=1 << 20)
        await socket.prepare(request)
        # A member before it is told what there is: what another one says meanwhile reaches it, too. Twice is the same as once.
        self.members.add(socket)
        try:
            await socket.send_bytes(self.store.encode())
            async for message in socket:
                if message.type != aiohttp.WSMsgType.BINARY:
                    continue
                try:
                    counts = self.store.merge_bytes(message.data)
                except convergedb.ConvergeError:
                    break  # Broken or hostile: it has to go.
                if counts.changed:
                    others = [member.send_bytes(message.data) for member in self.members if member is not socket]
                    await asyncio.gather(*others, return_exceptions=True)
        finally:
            self.members.discard(socket)
        return socket

    async def expire(self, _: web.Application) -> AsyncIterator[None]:
        """Lets go of what has ended, as long as the server runs. Nobody else would: a store ends nothing by itself."""

        async def loop() -> None:
            while True:
                await asyncio.sleep(min((self.store.ttl_ms or 60_000) / 2000, 1.0))
                self.store.expire()

        task = asyncio.create_task(loop())
        yield
        task.cancel()


def application(room: Room) -> web.Application:
    """The server of one room."""
    app = web.Application()
    app.cleanup_ctx.append(room.expire)
    app.add_routes([web.get("/presence", room.join)])
    return app


async def take_part(url: str, store: convergedb.EphemeralStore) -> None:
    """The client's side: sends what changes in its own store, and takes in what others say, until it is cancelled."""
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        # Both begin before the state is sent, so that nothing that is written in between is left out.
        first, changes = store.mark(), store.changes()
        await socket.send_bytes(store.encode())

        async def send() -> None:
            mark = first
            async for change in changes:
                if change.local or change.kind == "lagged":
                    message, mark = store.encode_since(mark)
                    await socket.send_bytes(message)

        sender = asyncio.create_task(send())
        try:
            async for message in socket:
                if message.type == aiohttp.WSMsgType.BINARY:
                    store.merge_bytes(message.data)
        finally:
            sender.cancel()
            changes.close()

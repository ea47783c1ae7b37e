"""A relay over HTTP: a server holds a replica of a document and answers any number of clients.

Run it as `python relay.py notes.db 8080`; two clients are in `client.py`. It needs aiohttp.

Three calls are enough. A client posts its `encode_request()` to /pull and gets what it lacks; it gets from /known what the server knows,
and posts what that lacks to /push. The header Has-More says that there is more to pull. Bodies are bytes that `merge_remote` checks whole,
so nothing that a client sends can do harm.
"""

from __future__ import annotations

import asyncio
import sys

import convergedb
from aiohttp import web

DOC = web.AppKey("doc", convergedb.Doc)


async def pull(request: web.Request) -> web.Response:
    """What the client lacks. The body is its request."""
    doc, asked = request.app[DOC], await request.read()
    # In a thread: a long history takes a while, and other clients are answered meanwhile.
    update = await asyncio.to_thread(doc.get_pending, asked)
    return web.Response(body=bytes(update), headers={"Has-More": "yes" if update.has_more else "no"})


async def known(request: web.Request) -> web.Response:
    """What the server knows, for the client's `get_pending`."""
    return web.Response(body=await asyncio.to_thread(request.app[DOC].encode_request))


async def push(request: web.Request) -> web.Response:
    """Takes in what the client has."""
    result = await asyncio.to_thread(request.app[DOC].merge_remote, await request.read())
    return web.json_response({"applied": result.applied, "pending": result.pending})


@web.middleware
async def errors(request: web.Request, handler: "web.Handler") -> web.StreamResponse:  # type: ignore[name-defined]
    """A message that is refused is the client's fault, and the answer names the kind."""
    try:
        return await handler(request)  # type: ignore[no-any-return]
    except convergedb.ConvergeError as error:
        return web.json_response({"error": error.kind, "message": str(error)}, status=409 if error.code in (8, 9) else 400)


def application(doc: convergedb.Doc) -> web.Application:
    """The server of one document."""
    app = web.Application(middlewares=[errors], client_max_size=64 << 20)
    app[DOC] = doc
    app.add_routes([web.post("/pull", pull), web.get("/known", known), web.post("/push", push)])
    return app


if __name__ == "__main__":
    with convergedb.open(sys.argv[1]) as opened:
        web.run_app(application(opened), host="127.0.0.1", port=int(sys.argv[2]))

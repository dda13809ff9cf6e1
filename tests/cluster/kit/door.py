"""The API server, from the machine's own network."""

import asyncio
import threading

from kit.places import NODE

PIECE = 65_536


def open_door(listener):
    """Passes on what `listener` accepts, a listening socket that was made outside."""
    threading.Thread(target=asyncio.run, args=(serve(listener),), daemon=True).start()


async def serve(listener):
    server = await asyncio.start_server(pass_on, sock=listener)
    await server.serve_forever()


async def pass_on(from_outside, to_outside):
    try:
        from_server, to_server = await asyncio.open_connection(NODE, 6443)
    except OSError:
        to_outside.close()
        return
    await asyncio.gather(copy(from_outside, to_server), copy(from_server, to_outside))


async def copy(source, target):
    try:
        while piece := await source.read(PIECE):
            target.write(piece)
            await target.drain()
    except OSError:
        pass
    finally:
        target.close()

"""Clients that hold connections and give nothing for them, in a process of its own: slow heads, silent ones, idle ones.

    python crowd.py PORT SLOW SILENT IDLE [CA_FILE]

All come from one address, which is not that of others. Who is closed comes again five seconds later. It says "there"
once each has come, and goes on until it is killed.
"""

import asyncio
import contextlib
import itertools
import resource
import ssl
import sys
from collections.abc import Awaitable, Callable

HEAD = b"GET /metrics HTTP/1.1\r\nHost: here\r\n" + b"A: b\r\n" * 1000
HERE = ("127.0.0.2", 0)
HEALTHY = b"GET /-/healthy HTTP/1.1\r\nHost: here\r\n\r\n"
PACE = 1.0
ABSENCE = 5.0

Stay = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def until_closed(reader: asyncio.StreamReader, seconds: float | None) -> bool:
    """Wait for so long, or for ever, and return whether the server has closed."""
    try:
        async with asyncio.timeout(seconds):
            while await reader.read(4096):
                pass
    except TimeoutError:
        return False
    return True


async def send_slowly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send a head, a byte a second."""
    for byte in HEAD:
        writer.write(bytes([byte]))
        if await until_closed(reader, PACE):
            return


async def say_nothing(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Stay."""
    await until_closed(reader, None)


async def ask_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Have an answer, and stay."""
    writer.write(HEALTHY)
    await until_closed(reader, None)


class Crowd:
    """All clients; ``came`` counts how often one has come, whether it was let in or not."""

    def __init__(self, port: int, tls: ssl.SSLContext | None) -> None:
        self.port = port
        self.tls = tls
        self.came = itertools.count(1)

    async def come_again_and_again(self, stay: Stay, last: int) -> None:
        """Be one client for ever."""
        pause = asyncio.Event()
        while True:
            if next(self.came) == last:
                print("there", flush=True)  # noqa: T201 - what it says
            with contextlib.suppress(OSError):
                await self.come(stay)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(pause.wait(), ABSENCE)

    async def come(self, stay: Stay) -> None:
        """Connect, and stay until closed; raises ``OSError``."""
        tls = None if stay is say_nothing else self.tls
        name = "localhost" if tls else None
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self.port, ssl=tls, server_hostname=name, local_addr=HERE
        )
        try:
            await stay(reader, writer)
        finally:
            writer.transport.abort()

    async def gather(self, slow: int, silent: int, idle: int) -> None:
        """Have so many clients of each kind."""
        who = [send_slowly] * slow + [say_nothing] * silent + [ask_once] * idle
        await asyncio.gather(*(self.come_again_and_again(stay, len(who)) for stay in who))


def main() -> None:
    """Run, with as many descriptors as there may be."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    port, slow, silent, idle = map(int, sys.argv[1:5])
    tls = ssl.create_default_context(cafile=sys.argv[5]) if sys.argv[5:] else None
    asyncio.run(Crowd(port, tls).gather(slow, silent, idle))


if __name__ == "__main__":
    main()

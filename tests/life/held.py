"""An answer of the vendor that is held back until a test lets it go."""

import threading

EMPTY = b'{"meta":{"status":200},"data":[{"training":[]}],"fail":[]}'


class Held:
    """A document for ``Tenant.serve``: ``asked`` is released by each call, which then waits for ``open``."""

    def __init__(self, content: bytes = EMPTY) -> None:
        self.asked = threading.Semaphore(0)
        self.open = threading.Event()
        self._content = content

    def __call__(self) -> bytes:
        self.asked.release()
        self.open.wait(60)
        return self._content

"""Threads that run jobs: few, named, started when there is work, gone soon after it.

Nothing here knows what a job does. The threads are daemons, so that a job that hangs never keeps the process alive.
"""

import logging
from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Lock, Thread

Job = Callable[[], None]

log = logging.getLogger(__name__)


class Workers:
    """At most ``limit`` threads that run the submitted jobs, first come, first served.

    A thread without work ends after ``linger`` seconds.
    """

    def __init__(self, name: str, limit: int, linger: float = 2.0) -> None:
        self._name = name
        self._limit = limit
        self._linger = linger
        self._jobs: SimpleQueue[Job] = SimpleQueue()
        self._lock = Lock()
        self._unfinished = 0
        self._threads = 0

    @property
    def busy(self) -> int:
        """How many jobs run or wait for a thread."""
        return self._unfinished

    def resize(self, limit: int) -> None:
        """Let at most ``limit`` threads run from now on; more than these end when they have nothing to do."""
        with self._lock:
            self._limit = limit

    def submit(self, job: Job) -> None:
        """Run ``job`` on a thread as soon as one is free.

        Raises ``RuntimeError``, and forgets the job, if there is no thread and none can be started.
        """
        with self._lock:
            if self._threads <= self._unfinished and self._threads < self._limit:
                self._start_thread()
            self._unfinished += 1
            self._jobs.put(job)

    def _start_thread(self) -> None:
        try:
            Thread(target=self._work, name=self._name, daemon=True).start()
        except RuntimeError:
            # The system is out of threads: the job waits for one that we have.
            if not self._threads:
                raise
        else:
            self._threads += 1

    def _work(self) -> None:
        try:
            self._work_until_idle()
        except BaseException:
            self._replace()
            raise

    def _replace(self) -> None:
        """Let another thread do what this one, which dies, leaves behind."""
        with self._lock:
            self._threads -= 1
            if self._threads < min(self._unfinished, self._limit):
                self._start_thread()

    def _work_until_idle(self) -> None:
        while True:
            try:
                job = self._jobs.get(timeout=self._linger)
            except Empty:
                if self._leave():
                    return
                continue
            self._run(job)
            del job  # what the job holds is not kept until the next one

    def _leave(self) -> bool:
        """Say whether the thread that asks may end: with no more threads than jobs, one is on its way to it."""
        with self._lock:
            surplus = self._threads > self._unfinished
            self._threads -= surplus
            return surplus

    def _run(self, job: Job) -> None:
        try:
            job()
        except BaseException:
            log.exception("a job failed workers=%s", self._name)
        finally:
            with self._lock:
                self._unfinished -= 1

"""Tests of ``exporter.mimecast.client`` in a lane: who waits for the vendor lets the others compute."""

import threading

from raw_server import PATIENCE
from tenant_client import customer, simulator

from exporter.lane import Lane


def test_others_compute_while_one_waits_for_its_answer() -> None:
    """In one lane, whoever waits for the vendor keeps nobody from polling, however patient the lane is."""
    with simulator() as running:
        slow, quick = customer(running), customer(running)
        slow.client.lane = quick.client.lane = Lane(PATIENCE * 10)
        slow.tenant.fail("slow", seconds=PATIENCE * 10)
        waiting = threading.Thread(target=slow.outcome)
        waiting.start()
        while not slow.calls:
            waiting.join(0.01)
        quick.poll()
        assert waiting.is_alive()
        slow.client.abort()
        waiting.join(PATIENCE)
        assert not waiting.is_alive()

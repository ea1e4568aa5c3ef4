import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from history.block import Loader
from history.chronicle import Chronicle
from history.scraper import Scraped, Target

ALL = Target("mimecast", "127.0.0.1:10463", "/metrics")
PROBE = Target("mimecast", "acme", "/probe?target=acme")
FIRST = b"""\
# HELP mimecast_up 1 if all is well.
# TYPE mimecast_up gauge
mimecast_up{tenant="acme"} 1.0
# HELP mimecast_queue_sent Sent, and a {brace.
# TYPE mimecast_queue_sent gauge
mimecast_queue_sent{tenant="acme",title="A \\"b\\" {c} d"} 7.0
# HELP process_start_time_seconds Start time of the process since unix epoch in seconds.
# TYPE process_start_time_seconds gauge
process_start_time_seconds 1.78e+09
# EOF
"""
SECOND = b"""\
# HELP mimecast_up 1 if all is well.
# TYPE mimecast_up gauge
mimecast_up{tenant="acme"} 0.0
# EOF
"""
TEXT = """\
# HELP mimecast_up 1 if all is well.
# TYPE mimecast_up gauge
mimecast_up{instance="127.0.0.1:10463",job="mimecast",tenant="acme"} 1.0 1700000000.000
mimecast_up{instance="127.0.0.1:10463",job="mimecast",tenant="acme"} 0.0 1700003600.050
mimecast_up{instance="acme",job="mimecast",tenant="acme"} 0.0 1700003600.007
# HELP mimecast_queue_sent Sent, and a {brace.
# TYPE mimecast_queue_sent gauge
mimecast_queue_sent{instance="127.0.0.1:10463",job="mimecast",tenant="acme",title="A \\"b\\" {c} d"} 7.0 1700000000.000
# HELP process_start_time_seconds Start time of the process since unix epoch in seconds.
# TYPE process_start_time_seconds gauge
process_start_time_seconds{instance="127.0.0.1:10463",job="mimecast"} 1700000000.5 1700000000.000
# TYPE up gauge
up{instance="127.0.0.1:10463",job="mimecast"} 1.0 1700000000.000
up{instance="127.0.0.1:10463",job="mimecast"} 1.0 1700003600.050
up{instance="acme",job="mimecast"} 1.0 1700003600.007
up{instance="acme",job="mimecast"} 0.0 1700007200.000
# TYPE scrape_duration_seconds gauge
scrape_duration_seconds{instance="127.0.0.1:10463",job="mimecast"} 0.25 1700000000.000
scrape_duration_seconds{instance="127.0.0.1:10463",job="mimecast"} 0.5 1700003600.050
scrape_duration_seconds{instance="acme",job="mimecast"} 0.125 1700003600.007
scrape_duration_seconds{instance="acme",job="mimecast"} 0.0 1700007200.000
# TYPE scrape_samples_scraped gauge
scrape_samples_scraped{instance="127.0.0.1:10463",job="mimecast"} 3.0 1700000000.000
scrape_samples_scraped{instance="127.0.0.1:10463",job="mimecast"} 1.0 1700003600.050
scrape_samples_scraped{instance="acme",job="mimecast"} 1.0 1700003600.007
scrape_samples_scraped{instance="acme",job="mimecast"} 0.0 1700007200.000
# TYPE scrape_samples_post_metric_relabeling gauge
scrape_samples_post_metric_relabeling{instance="127.0.0.1:10463",job="mimecast"} 3.0 1700000000.000
scrape_samples_post_metric_relabeling{instance="127.0.0.1:10463",job="mimecast"} 1.0 1700003600.050
scrape_samples_post_metric_relabeling{instance="acme",job="mimecast"} 1.0 1700003600.007
scrape_samples_post_metric_relabeling{instance="acme",job="mimecast"} 0.0 1700007200.000
# TYPE scrape_series_added gauge
scrape_series_added{instance="127.0.0.1:10463",job="mimecast"} 3.0 1700000000.000
scrape_series_added{instance="127.0.0.1:10463",job="mimecast"} 0.0 1700003600.050
scrape_series_added{instance="acme",job="mimecast"} 1.0 1700003600.007
scrape_series_added{instance="acme",job="mimecast"} 0.0 1700007200.000
# EOF
"""


def written(directory: Path) -> Path:
    """Write three scrapes of two targets, of which one fails, and return the file."""
    chronicle = Chronicle(1700000000.5)
    chronicle.add(Scraped(ALL, 1_700_000_000_000, 0.25, FIRST))
    chronicle.add(Scraped(ALL, 1_700_003_600_050, 0.5, SECOND))
    chronicle.add(Scraped(PROBE, 1_700_003_600_007, 0.125, SECOND))
    chronicle.add(Scraped(PROBE, 1_700_007_200_000, 0.0, None))
    file = directory / "window.txt"
    chronicle.write(file)
    return file


def test_text_of_a_window(tmp_path: Path) -> None:
    """Scrapes become one text, each series once with all its samples, and with what Prometheus records of scrapes."""
    assert TEXT == written(tmp_path).read_text()


def test_the_next_window_begins_empty(tmp_path: Path) -> None:
    """What is written is forgotten, but for which series are known."""
    chronicle = Chronicle(0.0)
    chronicle.add(Scraped(ALL, 1_700_000_000_000, 0.25, SECOND))
    chronicle.write(tmp_path / "one.txt")
    chronicle.add(Scraped(ALL, 1_700_000_060_000, 0.25, SECOND))
    assert 6 == chronicle.series
    chronicle.write(tmp_path / "two.txt")
    text = (tmp_path / "two.txt").read_text()
    assert "1700000000.000" not in text
    assert 'scrape_series_added{instance="127.0.0.1:10463",job="mimecast"} 0.0 1700000060.000\n' in text


def test_promtool_loads_it(tool: Callable[[str], str], tmp_path: Path) -> None:
    """A text becomes one block and goes, unless it is to be kept."""
    data = tmp_path / "data"
    data.mkdir()
    for keep in (True, False):
        file = written(tmp_path)
        with Loader(tool("promtool"), data, keep=keep) as loader:
            loader.load(file)
            loader.finish()
        assert keep is file.exists()
    listed = subprocess.run([tool("promtool"), "tsdb", "list", data], check=True, capture_output=True, text=True)
    assert ["25"] * 2 == [line.split()[4] for line in listed.stdout.splitlines()[1:]]


def test_what_promtool_refuses(tool: Callable[[str], str], tmp_path: Path) -> None:
    """A text that promtool does not read ends the work, with its words."""
    file = tmp_path / "window.txt"
    file.write_text("mimecast_up 1.0 soon\n# EOF\n")
    with Loader(tool("promtool"), tmp_path, keep=False) as loader:
        loader.load(file)
        with pytest.raises(RuntimeError, match=r"promtool refuses .*window\.txt: .*soon"):
            loader.finish()
    assert file.exists()

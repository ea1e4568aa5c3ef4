"""Builds ``mimecast.rules.yml``, and the list of alerts in the README, from the tables beside it.

python -m prometheus.build           writes them
python -m prometheus.build --check   says which would change; the status is 1 if one would
"""

import re
import sys
from collections.abc import Iterator, Mapping
from textwrap import fill, indent
from typing import Final

from prometheus.awareness import AWARENESS
from prometheus.building import build
from prometheus.operation import OPERATION
from prometheus.rule import HERE, SITE, THRESHOLDS, Alert, Group, Threshold, lines, paragraphs

GROUPS: Final = (OPERATION, AWARENESS)
RULES: Final = HERE / "mimecast.rules.yml"
README: Final = HERE / "README.md"
_WORD: Final = re.compile(r"[a-zA-Z][\w:-]*|\d+[smhd]|vector\([\d.]+\)", re.ASCII)
START, END = "<!-- generated -->\n", "<!-- end of what is generated -->\n"

HEAD: Final = """\
# Rules for Prometheus about Mimecast awareness training, made by build.py: change thresholds.yaml or site.yaml, and
# build again. Or change a number in the first group here: all rules and their texts follow it. Links are paths until
# site.yaml has your addresses.
groups:
"""


def rules() -> str:
    """Return the file of rules."""
    text = "".join(map(_group, GROUPS))
    used = [threshold for threshold in THRESHOLDS.values() if threshold.series in text]
    thresholds = "".join(_item(_threshold(threshold), about=threshold.reason) for threshold in used)
    return f"{HEAD}{_head('mimecast-thresholds')}{thresholds}{text}"


def _head(group: str) -> str:
    # The interval is told, because a threshold that is written too seldom is no longer there when a rule compares.
    return f"  - name: {group}\n    interval: 1m\n    rules:\n"


def _threshold(threshold: Threshold) -> Mapping[str, str]:
    return {"record": threshold.series, "expr": f"vector({threshold.value})"}


def _group(group: Group) -> str:
    records = (
        _item({"record": record.name, "expr": lines(record.expression)}, record.about) for record in group.records
    )
    alerts = (_item(_alert(alert, group)) for alert in group.alerts)
    return f"\n{_head(group.name)}{''.join((*records, *alerts))}"


def _alert(alert: Alert, group: Group) -> Mapping[str, str | Mapping[str, str]]:
    return {
        "alert": alert.name,
        "expr": lines(alert.expression),
        "for": alert.lasts,
        "labels": {"severity": alert.severity, "audience": group.audience},
        "annotations": {
            "summary": alert.summary,
            "description": paragraphs(alert.description),
            "runbook_url": f"{SITE['runbook_base']}/prometheus/runbooks/{alert.name}.md".removeprefix("/"),
            "dashboard_url": f"{SITE['grafana_base']}/d/{group.dashboard}{_variables(alert)}",
        },
    }


def _variables(alert: Alert) -> str:
    return "?var-tenant={{ $labels.tenant }}" if "$labels.tenant" in alert.summary else ""


def _item(fields: Mapping[str, str | Mapping[str, str]], about: str = "") -> str:
    """Return an element of ``rules``; the comment stands above it."""
    comment = fill(about, 112, initial_indent="# ", subsequent_indent="# ") + "\n" if about else ""
    first, *rest = "".join(_field(name, value) for name, value in fields.items()).splitlines(keepends=True)
    return indent(comment, " " * 6) + f"      - {first}" + indent("".join(rest), " " * 8)


def _field(name: str, value: str | Mapping[str, str]) -> str:
    """Return a key with its value: a word as it is, a text in quotes, several lines as a block."""
    match value:
        case str() if "\n" in value:
            return f"{name}: |-\n{indent(value, '  ')}\n"
        case str():
            return f"{name}: {value if _WORD.fullmatch(value) else _quoted(value)}\n"
        case _:
            return f"{name}:\n{indent(''.join(_field(*field) for field in value.items()), '  ')}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def readme() -> str:
    """Return the README with the list of alerts in it."""
    before, start, rest = README.read_text(encoding="utf-8").partition(START)
    _, end, after = rest.partition(END)
    return f"{before}{start}{''.join(_rows())}{end}{after}"


def _rows() -> Iterator[str]:
    for group in GROUPS:
        yield f"\nOf the audience `{group.audience}`:\n\n"
        yield "| alert | severity | after | means |\n| --- | --- | --- | --- |\n"
        for alert in group.alerts:
            yield f"| [{alert.name}](runbooks/{alert.name}.md) | {alert.severity} | {alert.lasts} | {alert.means} |\n"
    yield "\n"


def main() -> int:
    """Write what has changed, or say what would; return the status."""
    return build("Build the rules and the README's list of alerts.", HERE, {RULES: rules(), README: readme()})


if __name__ == "__main__":
    sys.exit(main())

"""The command of each folder that is built: it writes what has changed, or says what would."""

import argparse
from collections.abc import Mapping
from pathlib import Path


def build(about: str, folder: Path, built: Mapping[Path, str]) -> int:
    """Run the command on the texts of files below ``folder``; return the status, 1 if a check finds a change."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--check", action="store_true", help="write nothing; status 1 if something would change")
    is_check = parser.parse_args().check
    changed = {path: text for path, text in built.items() if not path.exists() or path.read_bytes() != text.encode()}
    for path, text in changed.items():
        print(f"{path.relative_to(folder)}: {'not as built' if is_check else 'written'}")  # noqa: T201 - its output
        if not is_check:
            path.write_text(text, encoding="utf-8")
    return int(is_check and bool(changed))

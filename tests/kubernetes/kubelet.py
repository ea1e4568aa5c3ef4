"""What a kubelet does with a pod, as far as a test needs it: it lays volumes, and starts the container's program."""

import contextlib
import itertools
import os
from collections.abc import Iterator
from pathlib import Path

from manifest import Json
from program import Program, started

_COUNT = itertools.count()


def lay(folder: Path, files: dict[str, str], mode: int = 0o644) -> None:
    """Put files into a volume, or replace all of them at once: by a link that is turned, as a kubelet does it."""
    data = folder / f"..{next(_COUNT)}"
    data.mkdir(parents=True)
    for name, text in files.items():
        (data / name).write_text(text, encoding="utf-8")
        (data / name).chmod(mode)
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(Path("..data", name))
    turned = folder / "..turned"
    turned.symlink_to(data.name)
    turned.rename(folder / "..data")


def pod(deployment: Json) -> Json:
    """Return the specification of a Deployment's pods."""
    found: Json = deployment["spec"]["template"]["spec"]
    return found


def container(deployment: Json) -> Json:
    """Return the only container of a Deployment's pods."""
    (found,) = pod(deployment)["containers"]
    return dict(found)


@contextlib.contextmanager
def running(deployment: Json, root: Path, *arguments: str) -> Iterator[Program]:
    """Start what a container starts, in a directory that it cannot write to, its volumes below ``root``."""
    (root / "empty").mkdir(mode=0o555)
    mounts = [mount["mountPath"] for mount in container(deployment)["volumeMounts"]]
    args = [_below(root, text, mounts) for text in container(deployment)["args"]]
    with started(*args, *arguments, directory=root / "empty", environment={"HOME": os.devnull}) as program:
        yield program


def _below(root: Path, text: str, mounts: list[str]) -> str:
    for mount in mounts:
        text = text.replace(mount, f"{root}{mount}")
    return text

"""A container by hand: a root of its own with the program and little else, and a user without any right."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import exporter

USER: Final = 54321
"""Who the program runs as: without an entry, a home, a right, and processes but those that tests start."""

_PROJECT: Final = Path(exporter.__file__).parents[1]
# The programs and libraries of the host, the interpreter, what is installed for it, and the project; to be read alone.
_SYSTEM: Final = ("/usr", "/bin", "/sbin", "/lib", "/lib64")
# $1 becomes the root, $2 becomes /data and $3 says how; then what is to be read, -FILE for an empty one, --, a command.
_BUILD: Final = """
root=$1 directory=$2 how=$3
shift 3
umask 022
mount --make-rprivate /
mount -t tmpfs -o mode=755 none "$root"
mkdir "$root/proc" "$root/dev" "$root/etc" "$root/data"
while [ "$1" != -- ]; do
    case $1 in -*) mount --bind /dev/null "$root${1#-}"; shift; continue ;; esac
    if [ -L "$1" ]; then
        cp -P "$1" "$root$1"
    else
        mkdir -p "$root$1"
        mount --bind "$1" "$root$1"
        mount -o remount,bind,ro "$root$1"
    fi
    shift
done
shift
mount --bind "$directory" "$root/data"
mount -o "remount,bind,nosuid,nodev,noexec,$how" "$root/data"
for device in null urandom; do
    touch "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
mount -t proc -o ro proc "$root/proc"
mount -o remount,ro "$root"
exec "$@"
"""


@dataclass(frozen=True)
class Jail:
    """``directory`` is where the program works, ``limits`` are flags of ``prlimit``, and ``empty`` files that are so.

    With ``own_network`` there is a loopback for IPv4 and nothing else, with ``own_processes`` the program is PID 1.
    """

    directory: Path
    writable: bool = False
    limits: tuple[str, ...] = ()
    empty: tuple[Path, ...] = ()
    own_network: bool = False
    own_processes: bool = False

    def before(self, tool: Callable[[str], str]) -> list[str]:
        """Return how to start a program in it; the directory and what is in it becomes the user's."""
        for path in (self.directory, *self.directory.rglob("*")):
            os.chown(path, USER, USER)
        root = self.directory.parent / f"{self.directory.name}-root"
        root.mkdir(exist_ok=True)
        build = ["bash", "-euc", _BUILD, "bash", str(root), str(self.directory), "rw" if self.writable else "ro"]
        return [*self._spaces(tool), *build, *self._readable(), "--", *self._inside(tool, root)]

    def _spaces(self, tool: Callable[[str], str]) -> list[str]:
        network = ["--net"] if self.own_network else []
        processes = ["--pid", "--fork", "--kill-child"] if self.own_processes else []
        loopback = [sys.executable, "-I", str(Path(__file__).with_name("loopback.py"))] if self.own_network else []
        return [tool("unshare"), "--mount", *network, *processes, *loopback]

    def _readable(self) -> list[str]:
        system = [path for path in _SYSTEM if Path(path).exists()]
        python = (Path(sys.base_prefix), Path(sys.prefix), _PROJECT)
        more = [str(place) for place in dict.fromkeys(python) if not place.is_relative_to("/usr")]
        return [*system, *more, *(f"-{file}" for file in self.empty)]

    def _inside(self, tool: Callable[[str], str], root: Path) -> list[str]:
        user = ["--reuid", str(USER), "--regid", str(USER), "--clear-groups"]
        limited = [tool("prlimit"), *self.limits] if self.limits else []
        return [
            *(tool("unshare"), f"--root={root}", "--wd=/data"),
            *(tool("setpriv"), *user, "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"),
            *("bash", "-euc", 'umask 077; unset HOME; exec "$@"', "bash", *limited),
        ]

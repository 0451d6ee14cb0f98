"""
No network: whatever is not this machine is refused before a packet leaves.

An audit hook, and not a replaced `socket.socket` as in pytest-socket, because it also sees name look-ups and code that
took hold of the socket class before we came. It does not see sockets opened by C libraries (libpq, grpc) or by
other programs that a DAG file starts.
"""

from __future__ import annotations

import functools
import ipaddress
import re
import socket
import sys
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from conformance.sandbox import refused

_THIS_FILE = __file__
_STANDARD_LIBRARY = (sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"))
_LOCAL_FAMILIES = {getattr(socket, name) for name in ("AF_UNIX", "AF_NETLINK") if hasattr(socket, name)}

_installed = False
_watched: Path | None = None


class NetworkRefused(ConnectionError):
    """Code under the kit's control tried to reach another machine."""


_REFUSAL = "network access is refused during conformance runs:"


def refuse_network() -> None:
    """From now on, refuse every connection, datagram and name look-up that is not for this machine."""
    global _installed
    if not _installed:  # an audit hook can never be removed
        sys.addaudithook(_audit)
        _audit_before_look_up("connect", "socket.connect")
        _audit_before_look_up("connect_ex", "socket.connect")
        _audit_before_look_up("sendto", "socket.sendto")
        _installed = True


def watch(folder: Path) -> None:
    """Name lines of files below `folder` (the user's DAGs) in the messages, rather than those of libraries."""
    global _watched
    _watched = folder.absolute()


def refusal_in(text: str) -> str | None:
    """The first refusal that a traceback tells of, which a library may have wrapped in errors of its own."""
    found = re.search(re.escape(_REFUSAL) + r" \S+ \((.*?:\d+|line unknown)\)", text)
    return found and found[0]


def _audit_before_look_up(method: str, event: str) -> None:
    """Raise the audit event earlier: Python looks up a host's name, by a packet to a name server, before it does."""
    original = getattr(socket.socket, method)

    @functools.wraps(original)
    def audited(self: socket.socket, *args: Any) -> Any:
        if args:
            sys.audit(event, self, args[-1])
        return original(self, *args)

    setattr(socket.socket, method, audited)


def _audit(event: str, args: tuple[Any, ...]) -> None:
    destination = _DESTINATIONS.get(event)
    if destination is None:
        return
    address = destination(*args)
    if not _is_local(address[0]):
        name = ":".join(str(part) for part in address[:2] if part not in (None, ""))
        refused.tell(f"reaches for {name}, which is refused", users_line())
        raise NetworkRefused(f"{_REFUSAL} {name} ({_where()})")


def _of_socket(sock: socket.socket, address: Any) -> tuple[Any, ...]:
    return (None,) if sock.family in _LOCAL_FAMILIES or not isinstance(address, tuple) else address


def _of_look_up(host: Any, port: Any = None, *_: Any) -> tuple[Any, ...]:
    return (host.decode(errors="replace") if isinstance(host, bytes) else host, port)


_DESTINATIONS: dict[str, Callable[..., tuple[Any, ...]]] = {
    "socket.connect": _of_socket,
    "socket.sendto": _of_socket,
    "socket.sendmsg": _of_socket,
    "socket.getaddrinfo": _of_look_up,
    "socket.gethostbyname": _of_look_up,
    "socket.gethostbyaddr": _of_look_up,
    "socket.getnameinfo": lambda address: _of_look_up(*address),
}


def _is_local(host: Any) -> bool:
    """Whether `host` (a name, an address, or None for "any") is this machine."""
    if host in (None, "", "localhost"):
        return True
    try:
        address = ipaddress.ip_address(str(host).partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback or address.is_unspecified


def users_line() -> str | None:
    """`dags/a.py:7`: the innermost line of the user on the stack, if there is one."""
    return next(filter(None, (line_of(file, line) for file, line in _stack())), None)


def line_of(file: str, line: int) -> str | None:
    """`dags/a.py:7`, if a file is the user's."""
    if _watched is None or not Path(file).is_relative_to(_watched):
        return None
    return f"{Path(file).relative_to(_watched.parent).as_posix()}:{line}"


def _where() -> str:
    """The innermost line of the user on the stack, else the innermost outside Python's own library."""
    outside = (f"{file}:{line}" for file, line in _stack() if not _is_library(file))
    return users_line() or next(outside, "line unknown")


def _stack() -> Iterator[tuple[str, int]]:
    """File and line of every call in progress, the innermost first."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        yield frame.f_code.co_filename, frame.f_lineno
        frame = frame.f_back


def _is_library(file: str) -> bool:
    standard = file.startswith(_STANDARD_LIBRARY) and "site-packages" not in file
    return standard or file == _THIS_FILE or file.startswith("<frozen")

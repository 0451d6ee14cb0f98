"""A page in real headless Chromium, driven over its own debugging pipe: no driver and no package is needed for it."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from select import select
from types import TracebackType
from typing import Any

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PATIENCE = 30.0
"""Seconds that anything on the page may take."""


class Page:
    """One page. A context manager: in the end no process and no file is left."""

    def __init__(self, width: int = 1280, height: int = 900, dark: bool = False) -> None:
        self._size = (width, height)
        self._dark = dark
        self._number = 0
        self._buffer = b""
        self.events: list[dict[str, Any]] = []

    def __enter__(self) -> Page:
        assert CHROMIUM
        self._profile = tempfile.mkdtemp(prefix="airflow-conformance-chromium-")
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        # Chromium reads its commands from descriptor 3 and answers on 4.
        shell = f'exec 3<&{theirs_in} 4>&{theirs_out}; exec "$0" "$@"'
        options = ("--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--hide-scrollbars")
        self._process = subprocess.Popen(
            ["bash", "-c", shell, CHROMIUM, *options, f"--user-data-dir={self._profile}", "about:blank"],
            pass_fds=(theirs_in, theirs_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._session = ""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        width, height = self._size
        mobile = width < 600
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if self._dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._in)
        os.close(self._out)
        shutil.rmtree(self._profile, ignore_errors=True)

    def call(self, method: str, **params: Any) -> Any:
        """Give a command and return its result; what else the browser says meanwhile is kept in `events`."""
        self._number += 1
        command: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session:
            command["sessionId"] = self._session
        os.write(self._out, json.dumps(command).encode() + b"\0")
        while True:
            said = self._read()
            if said.get("id") == self._number:
                assert "error" not in said, said["error"]
                return said["result"]

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select([self._in], [], [], PATIENCE)
            part = os.read(self._in, 1 << 20) if ready else b""
            assert part, "Chromium has ended, or does not answer"
            self._buffer += part
        line, _, self._buffer = self._buffer.partition(b"\0")
        said: dict[str, Any] = json.loads(line)
        if "method" in said:
            self.events.append(said)
        return said

    def open(self, file: Path, fragment: str = "") -> None:
        """Load a file and wait until it is loaded."""
        # By way of an empty page, for a new fragment alone loads nothing.
        for url in ("about:blank", file.resolve().as_uri() + fragment):
            self.events.clear()
            self.call("Page.navigate", url=url)
            while not any(event["method"] == "Page.loadEventFired" for event in self.events):
                self._read()

    def first_paint(self, file: Path) -> float:
        """Load a file; the seconds until something of it was painted."""
        entries = "performance.getEntriesByName('first-contentful-paint')"
        self.open(file)
        self.wait(f"{entries}.length")
        milliseconds: float = self.value(f"{entries}[0].startTime")
        return milliseconds / 1000

    def value(self, expression: str) -> Any:
        """What an expression is on the page, as JSON; it may be a promise."""
        done = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def wait(self, expression: str) -> None:
        """Come back as soon as an expression is true."""
        until = time.monotonic() + PATIENCE
        while not self.value(f"new Promise(done => requestAnimationFrame(() => done(Boolean({expression}))))"):
            assert time.monotonic() < until, f"never true: {expression}"

    def press(self, key: str) -> None:
        """Press a key and let it go."""
        text = {"text": key} if len(key) == 1 else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    def requests(self) -> list[str]:
        """The addresses that the page has asked for."""
        sent = (e["params"]["request"]["url"] for e in self.events if e["method"] == "Network.requestWillBeSent")
        return [url for url in sent if not url.startswith("data:")]

    def picture(self, file: Path) -> None:
        """Write a PNG of what is in view."""
        file.write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))

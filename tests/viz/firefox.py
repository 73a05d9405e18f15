"""The system's Firefox, without a window, by WebDriver BiDi: as much of it as a test of a page needs.

https://w3c.github.io/webdriver-bidi is the protocol: JSON over a WebSocket, commands with an id and events.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from websocket import WebSocket, create_connection

__all__ = ["Firefox"]

START = 60.0  # seconds that it may take to start, on a machine with much to do
KEYS = {
    "Control": "\ue009",
    "Enter": "\ue007",
    "Tab": "\ue004",
    "Space": " ",
    "ArrowLeft": "\ue012",
    "ArrowRight": "\ue014",
    "Home": "\ue011",
}
QUIET = {  # asks nobody for anything
    "app.normandy.enabled": False,
    "app.update.auto": False,
    "browser.safebrowsing.downloads.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "remote.prefs.recommended": True,
    "browser.download.folderList": 2,  # into a folder of the test's
    "browser.download.alwaysOpenPanel": False,  # which would take the focus from the page
}
EVENTS = ["log.entryAdded", "network.beforeRequestSent", "browsingContext.downloadEnd"]


class Firefox:
    """One tab of a browser of its own.

    Attributes:
        troubles: errors and what the page has written to the console.
        requests: addresses that the page has asked for.
        downloads: files that it has given.
    """

    def __init__(self, program: str) -> None:
        self.troubles: list[str] = []
        self.requests: list[str] = []
        self.downloads: list[Path] = []
        self._number = 0
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        with open(f"{self._profile.name}/user.js", "w", encoding="utf-8") as preferences:
            chosen = QUIET | {"browser.download.dir": self._profile.name}
            preferences.writelines(f"user_pref({name!r}, {json.dumps(x)});\n" for name, x in chosen.items())
        command = [program, "--headless", "--no-remote", "--profile", self._profile.name]
        self._said = Path(self._profile.name) / "said.txt"
        with self._said.open("w") as said:
            self._process = subprocess.Popen(
                [*command, "--remote-debugging-port=0"], stdout=subprocess.DEVNULL, stderr=said
            )
        try:
            self._socket = self._connected()
            self._asked("session.new", capabilities={})
            self._asked("session.subscribe", events=EVENTS)
            self._context = self._asked("browsingContext.create", type="tab")["context"]
        except BaseException:
            self._process.kill()
            raise

    def open(self, address: str, width: int = 1280, height: int = 800) -> None:
        """Go to a page."""
        self.resize(width, height)
        self._asked("browsingContext.navigate", context=self._context, url=address, wait="complete")

    def heard(self) -> list[str]:
        """What went wrong, and what was asked of others, since one asked."""
        abroad = [
            each for each in self.requests if not each.startswith(("file:", "blob:", "data:", "about:"))
        ]
        told = self.troubles + abroad
        self.troubles.clear()
        self.requests.clear()
        return told

    def resize(self, width: int, height: int) -> None:
        """Give the page so many pixels."""
        viewport = {"width": width, "height": height}
        self._asked("browsingContext.setViewport", context=self._context, viewport=viewport)

    def evaluate(self, expression: str) -> Any:
        """What an expression of JavaScript, or the promise that it is, gives.

        Raises:
            AssertionError: with the exception's text, if it gives none.
        """
        found = self._asked(
            "script.evaluate",
            expression=f"(async () => JSON.stringify(await ({expression})))()",
            target={"context": self._context},
            awaitPromise=True,
        )
        assert found["type"] == "success", found["exceptionDetails"]["text"]
        return json.loads(found["result"].get("value", "null"))

    def wait_for(self, condition: str, seconds: float = 30.0) -> None:
        """Until an expression of JavaScript is true."""
        end = time.monotonic() + seconds
        while not self.evaluate(f"Boolean({condition})"):
            assert time.monotonic() < end, f"not true after {seconds} s: {condition}"
            time.sleep(0.02)

    def click(self, selector: str, times: int = 1) -> None:
        """Press the pointer in the middle of the first such element, several times for a word or a line."""
        x, y = self.evaluate(
            f"""(() => {{ const element = document.querySelector({json.dumps(selector)});
            element.scrollIntoView({{ block: "nearest" }}); const box = element.getBoundingClientRect();
            return [Math.round(box.x + box.width / 2), Math.round(box.y + box.height / 2)]; }})()"""
        )
        pressed = [{"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        actions = [{"type": "pointerMove", "x": x, "y": y}, *pressed * times]
        self._perform({"type": "pointer", "id": "mouse", "actions": actions})

    def press(self, *keys: str) -> None:
        """Press keys one after the other; "Control+a" holds the first one."""
        actions = []
        for key in keys:
            names = key.split("+") if len(key) > 1 else [key]
            values = [KEYS.get(name, name) for name in names]
            actions += [{"type": "keyDown", "value": value} for value in values]
            actions += [{"type": "keyUp", "value": value} for value in reversed(values)]
        self._perform({"type": "key", "id": "keyboard", "actions": actions})

    def saved(self, act: Callable[[], None]) -> str:
        """The name of the file that the page gives when something is done."""
        before, end = len(self.downloads), time.monotonic() + START
        act()
        while len(self.downloads) == before:
            assert time.monotonic() < end, "no file was given"
            time.sleep(0.02)
            self.evaluate("null")  # events come with answers
        file = self.downloads[-1]
        file.unlink()
        return file.name

    def close(self) -> None:
        """End the browser."""
        try:
            self._asked("browser.close")
            self._process.wait(10)
        except (OSError, subprocess.TimeoutExpired):
            self._process.kill()
        self._socket.close()
        self._profile.cleanup()

    def _perform(self, source: dict[str, Any]) -> None:
        self._asked("input.performActions", context=self._context, actions=[source])

    def _connected(self) -> WebSocket:
        end = time.monotonic() + START
        while self._process.poll() is None and time.monotonic() < end:
            found = re.search(
                r"WebDriver BiDi listening on (ws://\S+)", self._said.read_text("utf-8", "replace")
            )
            if found:
                return create_connection(f"{found[1]}/session", suppress_origin=True, timeout=START)
            time.sleep(0.05)
        raise AssertionError(
            f"Firefox does not say where it listens: {self._said.read_text('utf-8', 'replace')}"
        )

    def _asked(self, method: str, **parameters: Any) -> Any:
        """The answer to a command; events that come before it are noted."""
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv())
            if message.get("id") == self._number:
                assert message["type"] == "success", message
                return message["result"]
            self._note(message)

    def _note(self, message: dict[str, Any]) -> None:
        parameters = message.get("params", {})
        if message.get("method") == "log.entryAdded":
            self.troubles.append(f"{parameters['level']}: {parameters['text']}")
        elif message.get("method") == "network.beforeRequestSent":
            self.requests.append(parameters["request"]["url"])
        elif message.get("method") == "browsingContext.downloadEnd":
            self.downloads.append(Path(parameters["filepath"]))

"""The app as a person runs it: its own process, which a test can also kill and start again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).parents[2]
START_SECONDS = 60  # two cores, both busy


class AppServer:
    """`evaldash serve` on a free port of this machine, with a store given by its URL; also a context manager."""

    def __init__(self, *, database_url: str, log: Path, environment: dict[str, str] | None = None) -> None:
        self.database_url = database_url
        self.log = log
        self._reserved = _reserved_port()
        self.port = int(self._reserved.getsockname()[1])
        self._environment = environment or {}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address of the first page, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the process and wait until it answers."""
        command = [sys.executable, "-m", "evaldash", "serve", "--port", str(self.port)]
        with self.log.open("ab") as output:
            # A group of its own: `serve` starts Streamlit below it, and both must go together.
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=self._env(), stdout=output, stderr=output, start_new_session=True
            )
        try:
            self._wait(self._process)
        except BaseException:
            self.stop()
            raise

    def kill(self) -> None:
        """End it as a power cut would, without a chance to tidy up."""
        self._signal(signal.SIGKILL)

    def stop(self) -> None:
        """End it as Ctrl+C would; by force if it does not end within five seconds."""
        try:
            self._signal(signal.SIGTERM, patience=5)
        except subprocess.TimeoutExpired:
            self.kill()

    def restart(self) -> None:
        """Start it again on the same port and store, after a kill or while it runs."""
        self.stop()
        self.start()

    def __enter__(self) -> AppServer:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._reserved.close()

    def _env(self) -> dict[str, str]:
        own = {"EVALDASH_DATABASE_URL": self.database_url, "STREAMLIT_SERVER_HEADLESS": "true"}
        return {**os.environ, **own, **self._environment}

    def _signal(self, number: signal.Signals, *, patience: float = 20) -> None:
        if self._process is None:
            return
        with suppress(ProcessLookupError):  # it has ended by itself
            os.killpg(self._process.pid, number)
        self._process.wait(timeout=patience)
        self._process = None

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise RuntimeError(f"the app ended with code {process.returncode}; its log says:\n{self._tail()}")
            if self._answers():
                return
            time.sleep(0.1)
        raise RuntimeError(f"the app did not answer within {START_SECONDS} s; its log says:\n{self._tail()}")

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=2) as response:
                return bool(response.status == 200)
        except OSError:
            return False

    def _tail(self) -> str:
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-20:])


def _reserved_port() -> socket.socket:
    """Return a socket that holds a free port: as it does not listen, a server may, and nobody else is given the port.

    The app takes seconds to start, and is started again on the same port; other tests look for free ports meanwhile.
    """
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    return held

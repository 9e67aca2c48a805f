"""A wire between browser and app that a test can cut, hold and mend: a network that goes, a laptop that sleeps."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from types import TracebackType

PIECE = 65_536  # bytes handed on at once


class Wire:
    """Hands all bytes from a port of its own to another one of this machine; also a context manager.

    `cut` ends what is open and refuses what comes; `hold` lets connections stand and passes nothing on, as after a
    laptop's sleep; `mend` ends both: what was held arrives late.
    """

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._flows = threading.Event()
        self._flows.set()
        self._is_cut = False
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """The address through which a browser reaches the app."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def cut(self) -> None:
        """Lose the network."""
        self._is_cut = True
        self._drop()

    def hold(self) -> None:
        """Fall asleep: nothing passes, nothing ends."""
        self._flows.clear()

    def mend(self) -> None:
        """Have the network again."""
        self._is_cut = False
        self._flows.set()

    def __enter__(self) -> Wire:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._flows.set()
        self._listener.close()
        self._drop()

    def _drop(self) -> None:
        while self._open:
            ending = self._open.pop()
            with suppress(OSError):
                ending.shutdown(socket.SHUT_RDWR)
            ending.close()

    def _accept(self) -> None:
        with suppress(OSError):  # the listener was closed
            while True:
                here, _ = self._listener.accept()
                if self._is_cut:
                    here.close()
                    continue
                there = socket.create_connection(("127.0.0.1", self._target))
                self._open += [here, there]
                for source, target in ((here, there), (there, here)):
                    threading.Thread(target=self._pass_on, args=(source, target), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):  # either end went
            while piece := source.recv(PIECE):
                self._flows.wait()
                target.sendall(piece)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)

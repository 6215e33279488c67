"""Console of given readings, served on loopback as that of a cloud is."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from scripts.local.watch.access import Access
from scripts.local.watch.app import Console
from scripts.local.watch.observation.observer import Observer
from scripts.local.watch.server import ConsoleServer, listen

if TYPE_CHECKING:
    from collections.abc import Generator

    from scripts.local.watch.actions.controls import Controls
    from scripts.local.watch.observation.observer import Reader


@contextmanager
def served(reader: Reader, controls: Controls) -> Generator[Access]:
    """Serve a console in a thread; yield the access to it."""
    with listen(0) as listening:
        access = Access("secret", listening.getsockname()[1])
        console = Console(Observer(reader), access, controls)
        server = ConsoleServer(console, (started := threading.Event()).set)
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        assert started.wait(10)
        yield access
        server.handle_exit(signal.SIGINT, None)
        thread.join(10)
        assert not thread.is_alive()

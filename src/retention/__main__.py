"""The ``retention`` command: Ctrl-C ends it at any moment, with exit code 130 and no stack trace.

Python's own answer to Ctrl-C is an exception wherever the program happens to be. In an import or a callback of a
library it gets lost or becomes another error, and a wait for other processes holds it up. So the command gets `GRACE`
seconds to put back what it was changing, and is ended then, wherever it is. Artifacts and finished batches are whole
in any case.
"""

import atexit
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from types import FrameType

INTERRUPTED = 128 + signal.SIGINT  # as a shell tells it
GRACE = 2.0
SHOW_CURSOR = b"\x1b[?25h"  # a progress bar hides it

_interrupted = threading.Event()


def main() -> None:
    """Run the command line."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # a shell's background job has nothing to do with Ctrl-C
        _answer_interrupts()
    try:
        from retention.cli import app

        app()
    except BaseException:
        if not _interrupted.is_set():
            raise
    finally:
        if _interrupted.is_set():
            with suppress(BaseException):
                atexit._run_exitfuncs()
            _end()  # not `sys.exit`: Python would kill itself by the signal if some library met the exception


def _answer_interrupts() -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.signal(signal.SIGINT, _interrupt)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)  # written to at once, whatever the main thread is doing
    threading.Thread(target=_end_when_interrupted, args=(reader,), daemon=True).start()


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    """Stop the main thread where it is; the second Ctrl-C does not wait for what it puts back."""
    if _interrupted.is_set():
        _end()
    _interrupted.set()
    _stop_others()
    raise KeyboardInterrupt


def _end_when_interrupted(reader: int) -> None:
    while os.read(reader, 1) != bytes([signal.SIGINT]):
        pass
    time.sleep(GRACE)
    _stop_others()
    _end()


def _stop_others() -> None:
    """Kill the worker processes, for whose tasks the main thread would wait, and silence what breaks by it."""
    sys.excepthook = lambda *_: None  # by which C code, such as that of numpy, tells of a broken import
    sys.unraisablehook = lambda _: None
    threading.excepthook = lambda _: None
    with suppress(Exception):  # where it was never imported too; it may still be importing what workers need
        os.kill(sys.modules["multiprocessing.forkserver"]._forkserver._forkserver_pid, signal.SIGKILL)
    with suppress(Exception):
        for process in sys.modules["multiprocessing"].active_children():
            process.kill()


def _end() -> None:
    """End this process, whatever its threads are doing."""
    with suppress(Exception):
        if "multiprocessing.util" in sys.modules:  # gives the semaphores of a pool back, else their keeper complains
            sys.modules["multiprocessing.util"]._run_finalizers(0)
        if os.isatty(2):
            os.write(2, SHOW_CURSOR)
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    main()

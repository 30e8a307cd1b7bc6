"""Standard output, as a command writes to it.

Lives here: `write_out` and the width of what nobody sees at once. It knows nothing of any command.
"""

import os
import sys
from contextlib import suppress

from refnet.errors import RefnetError

PIPED_WIDTH = 80
"""Columns of a report that goes to a file or a pipe: what mails and documents can show."""


def write_out(text: str) -> None:
    """Write to standard output. Raises RefnetError where that fails, but for a closed pipe."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        # The interpreter flushes once more when it ends, and would end with a status of its own.
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise RefnetError(
            f"standard output: cannot be written ({error.strerror}); expected a place for the "
            "report; make room, or redirect it elsewhere"
        ) from error

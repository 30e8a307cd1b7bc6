"""What a subject has raised, in words that fit into a sentence.

Lives here: `told` and `message_of`. It knows exceptions and places, nothing of subjects.

An exception may be of the subject's own making: its text is somebody else's, may be of any length,
and may itself raise something.
"""

from pathlib import Path

from refnet.errors import Interruption
from refnet.json_values import in_one_line
from refnet.subjects.whereabouts import place_in_traceback


def told(error: BaseException, home: Path | None = None) -> str:
    """Say what was raised and where: "TypeError: ... (net.py, line 3)".

    `home` is the folder of the subject's code, if it is known.
    """
    place = place_in_traceback(error.__traceback__, home)
    return f"{raised(error)}{f' ({place})' if place else ''}"


def raised(error: BaseException) -> str:
    """Say what was raised: "TypeError: ..."."""
    return ": ".join(filter(None, (type(error).__name__, message_of(error))))


def message_of(error: BaseException) -> str:
    """Return the text of an exception in one line; empty where it has none that can be read."""
    try:
        return in_one_line(str(error))
    except Interruption:
        raise
    except BaseException:  # noqa: BLE001 - its __str__ may be the subject's
        return ""

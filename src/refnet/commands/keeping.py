"""Where a training is kept: `refnet train --save FILE` and `--resume FILE`.

Lives here: what may be written where, and what is said of it. It knows checkpoints, nothing of how
they come about.
"""

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from refnet.checkpoints import save_checkpoint
from refnet.errors import ArgumentError, DataError
from refnet.json_values import JSON
from refnet.sgd import Checkpoint, best_epoch
from refnet.storage import load_network


class Keeper:
    """Keeps a training in a file, or nowhere if there is none.

    A file that has the network of another training is replaced after the first epoch and not
    before: nothing is lost for nothing. `source` is the file from which the training was resumed.
    """

    def __init__(
        self, place: Path | None, source: Path | None, settings: Mapping[str, JSON]
    ) -> None:
        self._place = place
        self._settings = settings
        self._may_replace = place == source
        self._kept: Checkpoint | None = None

    def keep(self, checkpoint: Checkpoint) -> None:
        """Keep a training as it is now, if it is to be kept and that replaces nothing better."""
        if self._place is not None and (
            checkpoint.history or self._may_replace or not self._place.exists()
        ):
            save_checkpoint(self._place, checkpoint, self._settings)
            self._kept = checkpoint

    @property
    def keeps(self) -> bool:
        """Whether the training is to be kept at all."""
        return self._place is not None

    def said(self) -> str:
        """Say what is kept, and where."""
        if self._place is None:
            return "nothing was kept; --save FILE keeps the training after every epoch"
        if self._kept is None:
            if not self._place.exists():
                return f"nothing is kept in {self._place} yet"
            return f"nothing was kept: {self._place} is replaced after the first epoch"
        if not self._kept.history:
            return f"the network before the first epoch is kept in {self._place}"
        best, last = best_epoch(self._kept.history), len(self._kept.history)
        if self._kept.options.patience is None or best == last:
            return f"the network after epoch {last} is kept in {self._place}"
        return f"the best network, after epoch {best}, is kept in {self._place}"

    def how_to_go_on(self) -> str:
        """Say which command goes on with what is kept; nothing if nothing is."""
        if self._place is None or self._kept is None:
            return ""
        return f"; to go on: refnet train --resume {shlex.quote(str(self._place))}"


def refuse_unless_writable(place: Path | None) -> None:
    """Refuse a place at which a network cannot or should not be put. Raises ArgumentError."""
    if place is None:
        return
    if place.is_dir() or not place.parent.is_dir():
        raise ArgumentError(
            f"--save: got {place}; expected a file in a folder that exists; "
            f"{'name a file in it' if place.is_dir() else f'make {place.parent} first'}"
        )
    if not os.access(place.parent, os.W_OK):
        raise ArgumentError(
            f"--save: got {place}; expected a folder that may be written; choose another"
        )
    if place.exists():
        try:
            load_network(place)
        except DataError as error:
            raise ArgumentError(
                f"--save: got {place}, which is there and no network; expected a new file or one "
                "that refnet has saved; choose another, or move that one away"
            ) from error

"""Trains on demand, each time in a child that is there to be killed: see test_killed.py.

For each line of standard input, which is JSON, the arguments of `refnet` and a file for what it
prints, a child is forked that runs them; its process id is printed, and its status once it ends.
Everything is imported beforehand, so that hardly any time is spent but on training.
"""

import json
import os
import sys
from pathlib import Path

from refnet.cli import main
from refnet.commands import keeping, progress
from refnet.datasets import drawn

IMPORTED = (keeping, progress)


def serve() -> None:
    drawn.TRAINING, drawn.VALIDATION, drawn.TEST = 100, 50, 10
    for line in sys.stdin:
        arguments, printed = json.loads(line)
        child = os.fork()
        if child == 0:
            with Path(printed).open("w", encoding="utf-8") as file:
                os.dup2(file.fileno(), sys.stdout.fileno())
                os.dup2(file.fileno(), sys.stderr.fileno())
                status = main(arguments)
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(status)
        print(child, flush=True)
        _, ended = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(ended), flush=True)


if __name__ == "__main__":
    serve()

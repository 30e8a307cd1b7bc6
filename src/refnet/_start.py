"""What comes before everything else where refnet is started as `python -m refnet`.

Lives here: one change of the path. It imports nothing but what Python itself has imported already.

Python looks for modules in the current folder first, then. A random.py or a token.py there, perhaps
the very network that is to be judged, would be taken for Python's own.
"""

import sys


def leave_out_the_current_folder() -> None:
    """Take the current folder off the path, unless refnet itself is found there."""
    if not (sys.flags.safe_path or __file__.startswith(f"{sys.path[0]}/refnet/")):
        del sys.path[0]


# While the package is looked up, its name is not among the arguments yet.
if sys.argv[:1] == ["-m"] and "refnet" in sys.orig_argv:
    leave_out_the_current_folder()

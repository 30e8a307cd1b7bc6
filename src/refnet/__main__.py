"""`python -m refnet`, the same as `refnet`. Lives here: nothing but the call."""

import sys

from refnet.cli import main

if __name__ == "__main__":
    sys.exit(main())

"""`python -m uprez` is `uprez`."""

import sys

from uprez.cli import main

if __name__ == "__main__":
    sys.exit(main())

"""Starts the adjudication server: all of it is in adjudicator.serving."""

import sys

from adjudicator.serving import main

if __name__ == "__main__":
    sys.exit(main())

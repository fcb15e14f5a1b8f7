"""Run the `skdigits` command as ``python -m skdigits``."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())

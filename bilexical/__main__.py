"""`python -m bilexical` is the console script `spigot`."""

import sys

from bilexical.command_line.main import main

if __name__ == "__main__":
    sys.exit(main())

"""``python -m nnuniverse``: the same command line as ``nnu``."""

from nnuniverse.cli import main

if __name__ == "__main__":
    main()

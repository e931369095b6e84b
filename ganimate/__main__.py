"""`python -m ganimate` is the `ganimate` command."""

from ganimate.cli import main

if __name__ == "__main__":
    main()

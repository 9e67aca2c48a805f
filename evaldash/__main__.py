"""`python -m evaldash` is the command `evaldash`."""

from evaldash.cli import main

main()

"""`python -m tagloop` is `tagloop`."""

from tagloop.cli import main

main()

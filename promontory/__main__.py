"""`python -m promontory` is the `promontory` command."""

from promontory.cli import main

main()

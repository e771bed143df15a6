"""``python -m promontory.cli``: the same as the ``promontory`` command."""

from promontory.cli import main

main()

"""From a checkout: ``python cli.py COMMAND`` is ``seqlm COMMAND``."""

from seqlm.commands import main

main()

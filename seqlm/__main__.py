"""``python -m seqlm`` is ``seqlm``."""

from seqlm.commands import main

main()

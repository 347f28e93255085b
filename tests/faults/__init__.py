"""The fault harness: what breaks on purpose, and what has to hold when it does.

    make torture KILLS=200 FOLDERS=100000 ...

``torture.py`` runs the parts one after the other and prints a row for each; ``test_torture.py``
runs a little of each part with every other test. A part is a file with one function that takes a
``Workplace`` and a count and gives a ``Finding``.
"""

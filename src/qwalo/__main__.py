"""`python -m qwalo` is `qwalo`."""

from qwalo.cli import main

main()

"""The live parts of the pages: tables of computed numbers that a browser brings alive.

Each object shows itself as an element of the script of its name in `_live/`, with the
table inside. JupyterLab runs it too, with `_lab/`. Without it, and in print, one sees
the table.
"""

from .averages import Averages
from .bets import Bets
from .explorer import Explorer

__all__ = ["Averages", "Bets", "Explorer"]

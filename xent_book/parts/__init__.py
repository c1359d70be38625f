"""The live parts of the pages: computed tables and figures that a browser brings alive.

Each object shows itself as an element of the script beside it, with the table or the
figure inside. JupyterLab runs it too, with `lab/`. Without it, and in print, one sees
what is inside.
"""

from .arrows import Arrows
from .averages import Averages
from .bets import Bets
from .explorer import Explorer
from .gap import Gap
from .letters import Letters
from .plan import Plan
from .pour import Pour
from .push import Push
from .ruler import Ruler
from .sentence import Sentence
from .shards import Shards
from .shift import Shift
from .wall import Wall

__all__ = [
    "Arrows",
    "Averages",
    "Bets",
    "Explorer",
    "Gap",
    "Letters",
    "Plan",
    "Pour",
    "Push",
    "Ruler",
    "Sentence",
    "Shards",
    "Shift",
    "Wall",
]

"""The live parts of the pages: tables and figures that become interactive in a browser.

Each object renders as a custom element for the script in its folder, with a table or
figure inside. `lab/` makes JupyterLab run the scripts, too. Without them, and in print,
readers see the table or figure.
"""

from .averages import Averages
from .exhibit import Exhibit
from .explorer import Explorer
from .game import Game
from .gap import Gap
from .letters import Letters
from .log import Log
from .mask import Mask
from .pair import Pair
from .plan import Plan
from .pour import Pour
from .push import Push
from .ruler import Ruler
from .sentence import Sentence
from .shards import Shards
from .shift import Shift
from .wall import Wall

__all__ = [
    "Averages",
    "Exhibit",
    "Explorer",
    "Game",
    "Gap",
    "Letters",
    "Log",
    "Mask",
    "Pair",
    "Plan",
    "Pour",
    "Push",
    "Ruler",
    "Sentence",
    "Shards",
    "Shift",
    "Wall",
]

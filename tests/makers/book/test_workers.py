"""Workers on this machine: separate, silent processes."""

import itertools
import logging
import math
import os

import dask.bag

from xent_book.recorded import wordnet
from xent_book.tokens import PairCounts, novel
from xent_book.workers import workers
from xent_lib import LossTotals


def stored():
    """What SmolLM2 lost on each sentence of WordNet."""
    return wordnet().losses


def counted():
    """What pairs of letters lose on each stretch of text that no count has seen."""
    seen, unseen = (text.encode() for text in novel())
    model = PairCounts(list(seen), 256)
    parts = (unseen[i : i + 200] for i in range(0, len(unseen), 200))
    return [model.losses(list(part)) for part in parts]


def test_many_processes_have_the_total_of_one_to_the_last_digit():
    def totals(losses):  # by value, since no worker can import this module
        # fsum: NumPy adds what lies apart in another order than its copy.
        return LossTotals(math.fsum(losses), 1, len(losses))

    with workers(2):
        for parts, n in itertools.product((stored(), counted()), (1, 7, 16)):
            alone = sum(map(totals, parts))
            bag = dask.bag.from_sequence(parts, npartitions=n)
            together = bag.map(totals).sum().compute()
            assert together == alone
            assert together.n_sequences == len(parts) > 100


def test_they_are_processes_of_their_own_and_say_nothing(capfd):
    with workers(2) as client:
        found = client.run(os.getpid)
        client.run(logging.getLogger("distributed.worker").warning, "slow")
    assert len({os.getpid(), *found.values()}) == 3
    assert capfd.readouterr() == ("", "")
    assert logging.getLogger("distributed").isEnabledFor(logging.CRITICAL)

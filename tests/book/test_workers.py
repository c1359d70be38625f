"""Workers on this machine: processes of their own, and silent."""

import logging
import os

from xent_lib.book.workers import workers


def test_they_are_processes_of_their_own_and_say_nothing(capfd):
    with workers(2) as client:
        found = client.run(os.getpid)
        client.run(logging.getLogger("distributed.worker").warning, "slow")
    assert len({os.getpid(), *found.values()}) == 3
    assert capfd.readouterr() == ("", "")
    assert logging.getLogger("distributed").isEnabledFor(logging.CRITICAL)

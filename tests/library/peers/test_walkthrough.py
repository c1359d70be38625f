"""0.61 and 0.49 as SciPy and PyTorch compute them; a failure names the version."""

import numpy as np

from xent_book.example import logits, target


def test_scipy_gives_the_walkthroughs_numbers(peer):
    scipy, special = peer("scipy"), peer("scipy.special")
    p, log_p = special.softmax(logits), special.log_softmax(logits)
    assert [f"{x:.2f}" for x in p] == ["0.61", "0.07", "0.02", "0.30"], (
        scipy.__version__
    )
    assert f"{-log_p[target]:.6f}" == "0.489875", f"SciPy {scipy.__version__}"


def test_pytorch_gives_the_walkthroughs_loss(peer):
    torch = peer("torch")
    row, came = torch.tensor(np.array([logits])), torch.tensor([target])
    loss = torch.nn.functional.cross_entropy(row, came).item()
    assert f"{loss:.6f}" == "0.489875", f"PyTorch {torch.__version__}"

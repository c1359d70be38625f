"""Losses of scikit-learn."""

from sklearn.metrics import log_loss

from corpus.cases import case


@case("– floor")
def log_loss_of_all_labels(p, t):
    return log_loss(t, p, labels=range(p.shape[-1]))

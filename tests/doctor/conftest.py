"""The corpus is data for `test_corpus.py`; some of it needs a framework to import."""

collect_ignore_glob = ["corpus/*"]

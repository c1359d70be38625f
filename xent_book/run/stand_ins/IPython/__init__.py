"""In a page there is no IPython: what the book and its readers take from it."""

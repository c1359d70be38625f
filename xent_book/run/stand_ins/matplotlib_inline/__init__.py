"""In a page figures are shown by its own kernel."""

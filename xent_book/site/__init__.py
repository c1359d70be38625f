"""What Jupyter Book doesn't do by itself, or overdoes: one module per job."""

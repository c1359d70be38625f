"""What Jupyter Book does not do by itself, or does too much: a module for each job."""

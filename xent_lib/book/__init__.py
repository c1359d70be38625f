"""What only the chapters use: their example, checks, figures and live parts."""

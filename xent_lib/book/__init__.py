"""What only the chapters use: their example, figures and live parts."""

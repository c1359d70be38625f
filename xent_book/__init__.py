"""The book's own package: its example, checks, tables, figures and live parts."""

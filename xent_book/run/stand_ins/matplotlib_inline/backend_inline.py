"""How figures are written; always as SVG."""

from kernel import FIGURES


def set_matplotlib_formats(*formats: str, **options: object) -> None:
    FIGURES.update(options)

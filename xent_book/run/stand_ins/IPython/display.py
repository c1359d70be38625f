"""What is shown as what it is, in the page's own kernel."""

from kernel import display as display


class HTML:
    def __init__(self, data: str) -> None:
        self.data = data

    def _repr_html_(self) -> str:
        return self.data


class SVG(HTML):
    _repr_svg_ = HTML._repr_html_
    _repr_html_ = None  # type: ignore[assignment]


class Markdown(HTML):
    _repr_markdown_ = HTML._repr_html_
    _repr_html_ = None  # type: ignore[assignment]

"""What Sphinx does for the pages beyond its own: one module for each job."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader

TEMPLATES = Path(__file__).parent / "theme"
LOADER = FileSystemLoader(TEMPLATES)
ENVIRONMENT = Environment(loader=LOADER, autoescape=lambda name: name.endswith(".html"))


def render(name: str, **values: object) -> str:
    """A piece of a page, from a template of the theme."""
    return ENVIRONMENT.get_template(name).render(values)

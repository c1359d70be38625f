"""What Sphinx does for the pages beyond its own: one module for each job."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader

TEMPLATES = Path(__file__).parent / "theme"
ENVIRONMENT = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)


def render(name: str, **values: object) -> str:
    """A piece of a page, from a template of the theme."""
    return ENVIRONMENT.get_template(name).render(values)

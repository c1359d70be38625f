"""GitHub can read the forms for readers' reports."""

from pathlib import Path

import pytest
import yaml

FORMS = sorted((Path(__file__).parents[2] / ".github/ISSUE_TEMPLATE").glob("*.yml"))


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_has_what_the_forge_asks_for(path):
    form = yaml.safe_load(path.read_text(encoding="utf8"))
    assert {"name", "description", "body"} == form.keys()
    ids = [field["id"] for field in form["body"]]
    assert len(ids) == len({*ids}) > 0
    assert {field["type"] for field in form["body"]} <= {"input", "textarea"}
    assert all(field["attributes"]["label"] for field in form["body"])


def test_the_doctors_form_asks_for_the_function():
    [form] = [path for path in FORMS if path.stem == "doctor"]
    first = yaml.safe_load(form.read_text(encoding="utf8"))["body"][0]
    assert first["id"] == "function"
    assert first["validations"] == {"required": True}

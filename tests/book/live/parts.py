"""What a live part shows where no script runs."""

import html
import json
import re


def config(part):
    return json.loads(
        html.unescape(re.search(r'config="(.*?)"', part._repr_html_())[1])
    )


def cells(part):
    """The rows of the table, without its head."""
    rows = re.findall(r'<tr><th scope="row">.*?</tr>', part._repr_html_())
    return [re.sub(r"<[^>]+>", " ", row).split() for row in rows]


def labels(part):
    """All that is written in the figure, piece by piece."""
    return re.findall(r"<text[^>]*>(.*?)</text>", part._repr_html_().replace("\n", " "))

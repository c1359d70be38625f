"""Compare what a program prints, to the digits on which processors agree."""

import re

TEXT = "The cat sat on the mat."
NEAR = {"rtol": 2e-5, "atol": 2e-5}  # half by a processor, half by rounding
NUMBER = re.compile(r"\d+(?:\.\d+)?")


def assert_alike(found, right):
    """The same words and whole numbers; of others the last digit may be the next, as
    the products of a processor round."""
    assert NUMBER.sub("#", found) == NUMBER.sub("#", right)
    pairs = zip(NUMBER.findall(found), NUMBER.findall(right), strict=True)
    for pair in pairs:
        a, b = (int(digits.replace(".", "")) for digits in pair)
        assert abs(a - b) <= ("." in pair[0]), pair

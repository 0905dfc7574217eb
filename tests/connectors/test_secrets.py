"""A secret in memory: usable by those who ask, and dots to everybody else."""

import json
import pickle

import pytest

from connectors.secrets import Secret, SecretValues

SECRET = {"client_id": "client-4711", "client_secret": "very/secret+value"}


@pytest.mark.parametrize(
    "show", [repr, str, "{}".format, "{:>10}".format, lambda s: f"{s!r}", lambda s: repr([s])]
)
def test_a_secret_shows_as_dots(show):
    assert "hush-hush" not in show(Secret("hush-hush"))


@pytest.mark.parametrize("keep", [pickle.dumps, json.dumps])
@pytest.mark.parametrize("value", [Secret("hush-hush"), SecretValues(SECRET)])
def test_a_secret_is_not_passed_on(keep, value):
    with pytest.raises(TypeError):
        keep(value)


def test_a_secret_is_usable_by_those_who_ask():
    assert Secret("hush-hush").reveal() == "hush-hush"
    assert Secret("hush-hush") == Secret("hush-hush")
    assert Secret("hush-hush") != Secret("hush")
    assert dict(SecretValues(SECRET)) == SECRET
    assert SECRET["client_secret"] not in repr(SecretValues(SECRET))

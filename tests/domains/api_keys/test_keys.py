"""The text of a key."""

import re

from hypothesis import given
from hypothesis import strategies as st

from qwalo.api_keys.keys import hint_of, looks_like_key, new_key

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def test_a_new_key_is_one_word_with_its_prefix() -> None:
    """So that a double click selects it, and a scanner finds it."""
    key = new_key()
    assert re.fullmatch(r"qwk_[0-9A-Za-z]{49}", key)
    assert looks_like_key(key)
    assert key.endswith(hint_of(key))
    assert len(hint_of(key)) == 4


def test_no_two_keys_are_alike() -> None:
    """256 random bits."""
    assert len({new_key() for _ in range(1000)}) == 1000


@given(place=st.integers(min_value=4, max_value=52), letter=st.sampled_from(ALPHABET))
def test_one_wrong_letter_is_noticed(place: int, letter: str) -> None:
    """Wherever it is."""
    key = new_key()
    wrong = key[:place] + letter + key[place + 1 :]
    assert looks_like_key(wrong) == (wrong == key)


@given(st.text())
def test_any_other_text_is_no_key(text: str) -> None:
    """Whatever comes in the header."""
    assert not looks_like_key(text)
    assert not looks_like_key(f"qwk_{text}")


def test_two_letters_in_the_wrong_order_are_noticed() -> None:
    """As one types."""
    key = "qwk_" + "ab" + new_key()[6:]
    assert not looks_like_key(key[:4] + "ba" + key[6:])

"""Several of a few options, and one of many by typing: on screens, in a pseudo-terminal, and as plain lines."""

from __future__ import annotations

import io

import pytest

from quiz.choosing import PickScreen, SeveralScreen
from quiz.conversation import Option
from quiz.picking import matching, meant
from quiz.plain import Plain

FRUIT = (
    Option("apple", "Apple", "1"),
    Option("pear", "Pear (a green one)", "2", ("nashi",)),
    Option("pineapple", "Pineapple", "3"),
)
COMMANDS = (Option("hint", "A hint", "t"), Option("quit", "Leave", "q"))


def test_the_beginning_of_a_name_comes_before_a_part_of_it() -> None:
    assert [each.value for each in matching(FRUIT, "app", 5)] == ["apple", "pineapple"]
    assert [each.value for each in matching(FRUIT, "", 2)] == ["apple", "pear"]


@pytest.mark.parametrize("typed", ["nashi", "PEAR", " pear ", "pear (a"])
def test_a_name_is_meant_by_any_of_its_words_in_any_case(typed: str) -> None:
    option = meant(FRUIT, typed)

    assert option is not None
    assert option.value == "pear"


@pytest.mark.parametrize("typed", ["", "p", "banana"])
def test_what_could_be_two_things_or_none_is_not_guessed(typed: str) -> None:
    assert meant(FRUIT, typed) is None


def test_a_slip_of_the_finger_is_forgiven() -> None:
    assert matching(FRUIT, "pinapple", 5)[0].value == "pineapple"


def several(*keys: str) -> tuple[str, ...] | None:
    screen = SeveralScreen("Which?", FRUIT, COMMANDS)
    settled = None
    for key in keys:
        assert settled is None, "settled before the last key"
        settled = screen.press(key)
    return settled


def test_several_are_marked_and_taken_in_the_order_of_the_list() -> None:
    assert several("3", "1", "enter") == ("apple", "pineapple")
    assert several("down", " ", "enter") == ("pear",)


def test_a_second_press_takes_the_mark_away_and_nothing_is_never_taken() -> None:
    assert several("2", "2", "enter") is None
    assert several("2", "2", "enter", "1", "enter") == ("apple",)


def test_a_command_is_chosen_at_once_whatever_is_marked() -> None:
    assert several("1", "t") == ("hint",)
    assert several("q") == ("quit",)


def picked(typed: str, *keys: str) -> str | None:
    screen = PickScreen("Which?", FRUIT, COMMANDS)
    settled = None
    for key in (*typed, *keys):
        assert settled is None, "settled before the last key"
        settled = screen.press(key)
    return settled.value if settled else None


def test_one_of_many_is_found_by_typing_and_by_moving_to_it() -> None:
    assert picked("pea", "enter") == "pear"
    assert picked("app", "tab", "tab", "enter") == "pineapple"


def test_nothing_is_offered_before_something_is_typed() -> None:
    screen = PickScreen("Which?", FRUIT, COMMANDS)

    assert screen.offered() == []
    screen.press("p")
    assert [each.value for each in screen.offered()]


def test_where_nothing_fits_the_screen_says_so_and_goes_on() -> None:
    screen = PickScreen("Which?", FRUIT, COMMANDS)
    for key in (*"kiwis", "enter"):
        assert screen.press(key) is None

    assert 'Nothing here is called "kiwis"' in screen.told


def test_a_command_is_typed_with_or_without_a_slash() -> None:
    assert picked("/hint", "enter") == picked("hint", "enter") == "hint"
    assert picked("q", "enter") == picked("quit", "enter") == "quit"


@pytest.mark.parametrize("word", ["b", "back"])
def test_back_takes_the_way_back_of_a_screen_for_names_and_never_quits(word: str) -> None:
    quitting, going_back = (
        PickScreen("Which?", FRUIT, (*COMMANDS, *more)) for more in ((), (Option("back", "Before this", "x"),))
    )
    for key in word:
        quitting.press(key), going_back.press(key)
    settled = going_back.press("enter")

    assert quitting.press("enter") is None
    assert settled is not None
    assert settled.value == "back"


@pytest.mark.parametrize("width", [20, 40, 80])
def test_no_row_is_wider_than_the_terminal(width: int) -> None:
    for screen in (SeveralScreen("Which of these?", FRUIT, COMMANDS), PickScreen("Which?", FRUIT, COMMANDS)):
        picture = screen.picture(width)
        rows = ["".join(text for _, text in row) for row in (*picture.head, *picture.body, *picture.foot)]

        assert max(map(len, rows)) <= width


def plain(typed: str) -> tuple[Plain, io.StringIO]:
    out = io.StringIO()
    return Plain({}, io.StringIO(typed), out), out


def test_plain_lines_take_several_by_number_and_ask_again_after_a_wrong_one() -> None:
    front, out = plain("1 9\n3, 1\n")

    assert front.choose_several("Which?", FRUIT, COMMANDS) == ("apple", "pineapple")
    assert "Type some of: 1, 2, 3, or one of: t, q." in out.getvalue()


def test_plain_lines_take_a_part_of_a_name_and_ask_again_where_it_fits_two() -> None:
    front, out = plain("ppl\npinea\n")

    assert front.pick("Which?", FRUIT, COMMANDS) == "pineapple"
    assert "Do you mean one of: Apple; Pineapple?" in out.getvalue()


@pytest.mark.parametrize(("then", "value"), [("y", "pear"), ("YES", "pear"), ("apple", "apple"), ("q", "quit")])
def test_plain_lines_take_what_is_only_like_a_name_after_a_yes(then: str, value: str) -> None:
    front, out = plain(f"nashy\n{then}\n")

    assert front.pick("Which?", FRUIT, COMMANDS) == value
    assert "Do you mean Pear (a green one)? Type y, or another word." in out.getvalue()


def test_a_command_leaves_plain_lines_too() -> None:
    assert plain("q\n")[0].choose_several("Which?", FRUIT, COMMANDS) == ("quit",)
    assert plain("/hint\n")[0].pick("Which?", FRUIT, COMMANDS) == "hint"


@pytest.mark.parametrize(
    ("typed", "value"),
    [("breath", ""), ("trouble", "short_of_breath"), ("t", ""), ("tr", "short_of_breath"), ("breathless", "effort")],
)
def test_an_option_is_taken_where_nothing_else_fits_and_never_for_one_letter(typed: str, value: str) -> None:
    options = [Option("short_of_breath", "trouble breathing"), Option("effort", "breathlessness on effort")]
    named = meant(options, typed)

    assert (named.value if named else "") == value

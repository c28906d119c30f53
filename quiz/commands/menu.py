"""What is shown without a command: what there is to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quiz import opening
from quiz.commands.arguments import chosen_by, run_of
from quiz.commands.shared import make_front
from quiz.conversation import Option
from quiz.exitcodes import DONE

if TYPE_CHECKING:
    import argparse

OPTIONS = (
    Option("ask", "Answer questions about yourself, and take a note along", "1"),
    Option("practice", "Practise on cases, as a student", "2"),
    Option("review", "Check the rules, as an educator", "3"),
    Option("quit", "Leave", "q"),
)


def run(chosen: argparse.Namespace) -> int:
    front = make_front(False, None)
    opening.tell(opening.WHAT_THIS_IS, front.say)
    wanted = front.choose("What do you want to do?", OPTIONS)
    if wanted == "quit":
        return DONE
    words = ["review", "check"] if wanted == "review" else [wanted]
    then = chosen_by(words)
    return run_of(then.run)(then)

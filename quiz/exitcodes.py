"""What the program ends with."""

DONE = 0
PROBLEM = 1
"""Something that a person can mend, told as text; or rules, cases or answers that are not as they should be."""

WRONG_ARGUMENTS = 2
"""What argparse ends with too."""

ENDED = 3
"""The input ended (Ctrl-D) before the interview did."""

CRASHED = 70
"""A mistake in this program."""

INTERRUPTED = 130
"""Ctrl-C."""

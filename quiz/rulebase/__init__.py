"""Rule files in, a checked rule base out. Finds every mistake of every file at once."""

from quiz.rulebase.files import shipped_rules
from quiz.rulebase.load import attempt, load

__all__ = ["attempt", "load", "shipped_rules"]

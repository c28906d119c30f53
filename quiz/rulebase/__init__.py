"""Rule files in, a checked rule base out. Finds every mistake of every file at once."""

from quiz.rulebase.load import load, shipped_rules

__all__ = ["load", "shipped_rules"]

"""Answers in, Assessment out. The only home of durable-rules, which matches every rule at run time."""

from quiz.engine.assess import Engine
from quiz.engine.parts import Truths

__all__ = ["Engine", "Truths"]

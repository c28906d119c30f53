"""Answers in, Assessment out. The only home of durable-rules, which matches every rule at run time."""

from quiz.engine.assess import Assessor
from quiz.engine.firing import Engine, Reader
from quiz.engine.parts import Truths

__all__ = ["Assessor", "Engine", "Reader", "Truths"]

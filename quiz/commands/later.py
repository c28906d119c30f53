"""What takes a while to make, made while a person reads."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from quiz.commands.shared import make_engine
from quiz.interview import Interview, Session, Step

if TYPE_CHECKING:
    from quiz.engine import Engine
    from quiz.model import Answers, Assessment, Outlook, RuleBase


class Later:
    """The engine for some rules, made when it is first called for. Whoever calls meanwhile waits for the same one."""

    def __init__(self, rulebase: RuleBase) -> None:
        self._rulebase = rulebase
        self._lock = Lock()
        self._engine: Engine | None = None

    def __call__(self) -> Engine:
        with self._lock:
            if self._engine is None:
                self._engine = make_engine(self._rulebase)
            return self._engine

    def assess(self, answers: Answers) -> Assessment:
        return self().assess(answers)

    def outlook(self, answers: Answers) -> Outlook:
        return self().outlook(answers)


class InTurn(Interview):
    """An interview that several threads may ask for the next step: one at a time, as it keeps what it worked out."""

    def __init__(self, rulebase: RuleBase, engine: Later) -> None:
        super().__init__(rulebase, engine.assess, engine.outlook)
        self._turn = Lock()

    def next(self, session: Session) -> Step | None:
        with self._turn:
            return super().next(session)

"""Which rules fire: as durable-rules matches them, or as their conditions read."""

from __future__ import annotations

from quiz.engine.assess import Assessor, Case
from quiz.engine.matcher import Matcher
from quiz.engine.network import Network
from quiz.errors import EngineError
from quiz.model import RuleBase


class Engine(Assessor):
    """Rules that durable-rules matches.

    Safe to call from several threads, one at a time, and after a fork. A call leaves nothing behind: neither facts nor
    memory. `tests/bench/engine.py` tells what one costs.
    """

    def __init__(self, rulebase: RuleBase) -> None:
        """Raises EngineError where durable-rules cannot take the rules.

        What it takes, some 30 KiB for each rule, it never gives back.
        """
        try:
            super().__init__(rulebase)
            network = Network(self._parts)
        except RecursionError:
            raise EngineError("the conditions stand on too many levels of groups and concepts") from None
        self._matcher = Matcher(network)
        self._fires = {atom: self._order[rule_id] for atom, rule_id in network.rules.items()}
        """The place among the active rules of each node that stands for a rule."""

    def _fired(self, case: Case) -> list[int]:
        fires = self._fires
        return sorted([fires[atom] for atom in self._matcher.run(case.true) if atom in fires])


class Reader(Assessor):
    """Rules read one condition after the other: for a rule base that is soon thrown away, as nothing stays in memory.

    It says what an engine of the same rules says, which a test holds it to.
    """

    def _fired(self, case: Case) -> list[int]:
        table = case.certain().table
        return [place for place, each in enumerate(self._active) if each.part.test(table)]

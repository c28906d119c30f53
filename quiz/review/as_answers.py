"""The choices of a proof as answers that a person could give."""

from __future__ import annotations

from quiz.formulas import ALWAYS, BLANK, NEVER, Choices, Formula, Formulas
from quiz.model import Answer, Answers, Finding


def as_answers(formulas: Formulas, choices: Choices) -> Answers:
    """Only what was answered, in the order of the rules; each number the roundest of those that mean the same."""
    findings = formulas.rulebase.findings
    return {
        name: _plain(formulas, findings[name], choice)
        for name in findings
        if (choice := choices.get(name, BLANK)) is not BLANK
    }


def likelier(formulas: Formulas, choices: Choices, true: Formula, false: Formula) -> Choices:
    """The same choices, with a number at an end of its range moved inside where that changes nothing."""
    nodes = formulas.nodes
    open_ = dict.fromkeys(nodes.findings(true) | nodes.findings(false), BLANK)
    now: dict[str, Answer | None] = dict(choices)
    for name, choice in choices.items():
        finding = formulas.rulebase.findings[name]
        if finding.is_number and choice in (finding.low, finding.high):
            domain = formulas.domain(finding)
            moved = {**now, name: domain[1] if choice == finding.low else domain[-2]}
            known = {**open_, **moved}
            if nodes.all_chosen(true, known) == ALWAYS and nodes.all_chosen(false, known) == NEVER:
                now = moved
    return now


def _plain(formulas: Formulas, finding: Finding, answer: Answer) -> Answer:
    if isinstance(answer, str):
        return answer
    points = [each for each in formulas.domain(finding) if not isinstance(each, str)]
    place = points.index(answer)
    return roundest(points[place - 1], points[place + 1]) if place % 2 else answer


def roundest(low: float, high: float) -> float:
    """The number between these two, without them, with the fewest decimals; of several the middle one."""
    middle = (low + high) / 2
    for digits in range(15):
        step = 10.0**-digits
        near = [round(round(middle / step) * step + way * step, digits) for way in (0, -1, 1)]
        inside = [number for number in near if low < number < high]
        if inside:
            return min(inside, key=lambda number: abs(number - middle))
    return middle

"""Many cases, a line each: JSON lines in, JSON lines out, in order."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from quiz.answers import read_answers
from quiz.model import Answers, Assessment, RuleBase
from quiz.wording import summary


class Batch:
    """Assesses lines. `unknown` collects keys of `answers` that the rules do not know; `bad` counts error lines."""

    def __init__(self, rulebase: RuleBase, assess: Callable[[Answers], Assessment]) -> None:
        self.rulebase, self.assess = rulebase, assess
        self.unknown: dict[str, None] = {}
        self.bad = 0

    def run(self, lines: Iterable[str]) -> Iterator[str]:
        """A line out for each line in that is not blank. A line that cannot be read gives its number and the reason."""
        for number, line in enumerate(lines, 1):
            if line.strip():
                try:
                    yield json.dumps(self._line(line), ensure_ascii=False)
                except ValueError as error:
                    self.bad += 1
                    yield json.dumps({"line": number, "error": str(error)}, ensure_ascii=False)

    def _line(self, line: str) -> dict[str, Any]:
        try:
            case = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"not JSON: {error}") from error
        if not isinstance(case, Mapping) or not isinstance(case.get("answers"), Mapping):
            raise ValueError('needs {"id": ..., "answers": {...}}')
        findings = self.rulebase.findings
        raw = {name: value for name, value in case.items() if name in findings and value is not None}
        for name, value in case["answers"].items():
            if name in findings:
                raw[name] = value
            else:
                self.unknown[name] = None
        answers, mistakes = read_answers(findings, raw)
        if mistakes:
            raise ValueError("; ".join(message for _, message in mistakes))
        return {"id": case.get("id"), **summary(self.assess(answers), self.rulebase.fingerprint)}

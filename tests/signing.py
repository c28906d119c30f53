"""Reviews of rules that a test has edited."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from quiz.rulebase import attempt
from quiz.yamltext import Node, parse


def signed_again(folder: Path) -> Path:
    """The same folder, in which every review is of what stands there now, as if it had been read once more."""
    for problem in attempt(folder)[1]:
        new = re.search(r'`of: "(\w+)"`', problem.hint)
        if problem.code == "R425" and new:
            file = Path(problem.position.path)
            text = file.read_text(encoding="utf-8")
            file.write_text(text.replace(_signed(text, problem.message.split('"')[1]), new[1]), encoding="utf-8")
    return folder


def _signed(text: str, name: str) -> str:
    node = parse(text.encode(), "rules")
    assert isinstance(node, Node)
    whole: Any = node.plain()
    (entry,) = (whole[section][name] for section in ("rules", "concepts") if name in whole.get(section, {}))
    return str(entry["reviewed"]["of"])

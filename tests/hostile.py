"""Texts that are made to cost a reader much. Each is a whole rule file of about the size asked for, in bytes."""

from __future__ import annotations

from collections.abc import Callable

TOPIC = "topic: made to cost much\n"


def _filled(head: str, line: Callable[[int], str], size: int, end: str = "") -> str:
    """Lines until the size is reached."""
    lines, total, number = [head], len(head) + len(end), 0
    while total < size:
        lines.append(line(number))
        total += len(lines[-1])
        number += 1
    return "".join(lines) + end


def _rules(when: Callable[[int], str]) -> Callable[[int], str]:
    def rule(number: int) -> str:
        return (
            f"  made.number-{number}: {{says: So., when: {when(number)}, "
            "then: {supports: WATER_LOW, strength: weak}, because: So., facts: [F-WATER-01], sources: [almanac], "
            "state: draft, fires: [{dry_soil: yes}], near_miss: [{dry_soil: no}]}\n"
        )

    return rule


HOSTILE: dict[str, Callable[[int], str]] = {
    "lists in lists": lambda size: TOPIC + "title: " + "[" * size,
    "lists in lists, closed": lambda size: TOPIC + "title: " + "[" * (size // 2) + "]" * (size // 2),
    "lists in lists, line by line": lambda size: TOPIC + "title:\n" + "[\n" * (size // 2),
    "mappings in mappings": lambda size: TOPIC + "title: " + "{a: " * (size // 4),
    "dashes": lambda size: TOPIC + "title:\n  " + "- " * (size // 2),
    "question marks": lambda size: TOPIC + "title:\n  " + "? " * (size // 2),
    "question marks, line by line": lambda size: TOPIC + "title:\n" + "  ?\n" * (size // 4),
    "colons": lambda size: TOPIC + "title:\n" + "  :\n" * (size // 4),
    "commas": lambda size: TOPIC + "title: [" + "," * size,
    "entries of nothing": lambda size: TOPIC + "title:\n" + "  -\n" * (size // 4),
    "stairs of blocks": lambda size: TOPIC + "title:\n" + "".join(
        " " * step + "a:\n" for step in range(1, int((2 * size) ** 0.5))),
    "one long key": lambda size: TOPIC + "k" * size + ": 1\n",
    "one long key in quotes": lambda size: TOPIC + '"' + "k" * size + '": 1\n',
    "one long text": lambda size: TOPIC + "title: " + "word " * (size // 5),
    "one long text in quotes": lambda size: TOPIC + 'title: "' + "word " * (size // 5) + '"\n',
    "a quote that never ends": lambda size: TOPIC + 'title: "' + "word\n  " * (size // 7),
    "one word": lambda size: TOPIC + "title: " + "x" * size,
    "one text over many lines": lambda size: TOPIC + "title:" + "\n  x" * (size // 4),
    "one text with many empty lines": lambda size: TOPIC + "title: >\n  x" + "\n" * size + "  y\n",
    "escapes": lambda size: TOPIC + 'title: "' + "\\x41" * (size // 4) + '"\n',
    "doubled quotes": lambda size: TOPIC + "title: '" + "''" * (size // 2) + "'\n",
    "a block of text": lambda size: TOPIC + "title: |\n" + "  word\n" * (size // 7),
    "a block of stairs": lambda size: TOPIC + "title: >\n" + "".join(
        " " * (2 + step) + "a\n" for step in range(int((2 * size) ** 0.5))),
    "anchors": lambda size: _filled(TOPIC + "title:\n", lambda n: f"  - &a{n} x\n", size),
    "aliases": lambda size: _filled(TOPIC + "title: &a x\n", lambda n: f"k{n}: *a\n", size),
    "tags": lambda size: _filled(TOPIC + "title:\n", lambda n: f"  - !t{n} x\n", size),
    "directives": lambda size: _filled("", lambda n: f"%TAG !t{n}! tag:x,{n}:\n", size, f"---\n{TOPIC}"),
    "documents": lambda size: TOPIC + "---\na: 1\n" * (size // 9),
    "documents of nothing": lambda size: "---\n" * (size // 4) + TOPIC,
    "one long comment": lambda size: TOPIC + "#" * size + "\n",
    "comments": lambda size: TOPIC + "#\n" * (size // 2),
    "spaces": lambda size: TOPIC + " " * size + "\n",
    "empty lines": lambda size: TOPIC + "\n" * size,
    "tabs": lambda size: TOPIC + "title:\n" + "\t" * size + "a\n",
    "line ends of another kind": lambda size: TOPIC + "\r" * size,
    "one key again and again": lambda size: TOPIC + "medicines:\n" + "  dry_soil: [x]\n" * (size // 16),
    "wide text": lambda size: TOPIC + "title: " + "\u00e9" * (size // 2),
    "an id that is nearly right, in full": lambda size: _filled(
        TOPIC + "rules:\n", _rules(lambda n: f"{{dry_soi{n}: yes}}"), size),
    "unknown sections": lambda size: _filled(TOPIC, lambda n: f"rule{n}: 1\n", size),
    "unknown keys": lambda size: TOPIC + "findings: {a: {" + _filled("", lambda n: f"labe{n}: 1, ", size) + "}}\n",
    "ids that are none": lambda size: _filled(TOPIC + "glossary: {}\nnot_asked:\n", lambda n: f"  A{n}: x\n", size),
    "texts that are none": lambda size: _filled(TOPIC + "glossary:\n", lambda n: f"  a{n}: 1\n", size),
    "lists of numbers": lambda size: TOPIC + "medicines: {dry_soil: [" + "1," * (size // 2) + "]}\n",
    "unknown findings in a list": lambda size: TOPIC + "screens: {a: {title: A, findings: [" + _filled(
        "", lambda n: f"dry_soi{n},", size) + "]}}\n",
    "unknown findings, far from any": lambda size: TOPIC + "screens: {a: {title: A, findings: [" + _filled(
        "", lambda n: f"{'zqxwvk' * 9}{n},", size) + "]}}\n",
    "the same unknown finding": lambda size: TOPIC + "screens: {a: {title: A, findings: [" + "dry_soul," * (
        size // 9) + "]}}\n",
    "names of medicines again": lambda size: TOPIC + "medicines: {dry_soil: [" + "a," * (size // 2) + "]}\n",
    "wrong answers": lambda size: TOPIC + "vignettes: {v.a: {title: A, story: B, named: [], urgency: none, "
        "reasoning: C, facts: [F-WATER-01], answers: {" + _filled("", lambda n: f"dry_soi{n}: yess,", size) + "}}}\n",
    "many conditions in one": lambda size: TOPIC + "rules:\n" + _rules(
        lambda n: "{any: [" + "{dry_soil: yes}," * (size // 16) + "]}")(1),
    "many wrong conditions in one": lambda size: TOPIC + "rules:\n" + _rules(
        lambda n: "{any: [" + "{dry_soul: yes}," * (size // 16) + "]}")(1),
    "a chain of concepts": lambda size: _filled(
        TOPIC + "concepts:\n  c0: {label: c, when: {dry_soil: yes}, because: So., facts: [F-WATER-01], state: draft}\n",
        lambda n: f"  c{n + 1}: {{label: c, when: {{c{n}: yes}}, because: So., facts: [F-WATER-01], state: draft}}\n",
        size),
    "a ring of concepts": lambda size: _filled(
        TOPIC + "concepts:\n  c0: {label: c, when: {c1: yes}, because: So., facts: [F-WATER-01], state: draft}\n",
        lambda n: f"  c{n + 1}: {{label: c, when: {{any: [{{c{n}: yes}}, {{c{n + 2}: yes}}]}}, because: So., "
        "facts: [F-WATER-01], state: draft}\n", size),
    "facts that are not known": lambda size: TOPIC + "general_questions: [{says: So, facts: [" + _filled(
        "", lambda n: f"F-WATE-{n},", size) + "]}]\n",
    "diseases": lambda size: _filled(TOPIC + "diseases:\n", lambda n: f"  d{n}: dry_soi{n}\n", size),
    "bands": lambda size: TOPIC + "findings: {n: {kind: lab, label: n, question: n?, unit: u, "
        "range: {low: 0, high: 9}, bands: {" + _filled(
            "", lambda n: f"b{n}: {{below: 99, facts: [F-WATER-01]}},", size) + "}}}\n",
}  # fmt: skip
"""What is asked of the reader, by a name for it."""

HARMLESS = {
    "one long text", "one long text in quotes", "one word", "one text over many lines",
    "one text with many empty lines",
    "escapes", "doubled quotes", "a block of text", "a block of stairs", "one long comment", "comments",
    "spaces", "empty lines", "line ends of another kind", "wide text", "many conditions in one",
}  # fmt: skip
"""Those with which nothing is wrong but their size."""

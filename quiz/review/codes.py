"""What each code of a problem means and how to mend it: the one table for every code in the program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Level = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of problem. An `error` makes the rules unusable or unsafe; a `warning` is about how well they are made."""

    id: str
    level: Level
    title: str
    mend: str


FAMILIES: Mapping[str, str] = {
    "F": "the file",
    "S": "the form of the file",
    "C": "conditions",
    "R": "references and meaning",
    "A": "answers",
    "W": "wording",
    "T": "cases",
    "K": "content",
    "E": "exams",
}
"""What the first letter of a code stands for."""


def _codes(level: Level, *rows: tuple[str, str, str]) -> dict[str, Code]:
    return {code: Code(code, level, title, mend) for code, title, mend in rows}


CODES: Mapping[str, Code] = {
    **_codes(
        "error",
        # the file
        ("F100", "There is no folder of rule files here.", "Name a folder with files that end in .yaml."),
        ("F101", "The file or folder cannot be read.", "Look at its permissions."),
        ("F102", "This is no regular file, or a link to a folder.", "Put the file or the folder itself here."),
        ("F103", "The file is too large.", "Split it by topic."),
        ("F104", "The file begins with a byte-order mark.", "Save it as plain UTF-8."),
        ("F105", "The file is not UTF-8 text.", "Save it as UTF-8."),
        ("F106", "It is not YAML or JSON.", "Look for a missing colon, quote, bracket or space just before the place."),
        ("F107", "A tab indents a line.", "Indent with spaces."),
        ("F108", "A character cannot be seen.", "Delete it."),
        ("F109", "A second document begins in the file.", "Use one file for each."),
        ("F110", "The file is empty.", "Give it a topic and a section, or delete it."),
        ("F111", "The nesting is too deep.", "Make it flatter, or give a part of it a name as a concept."),
        ("F112", "An anchor or alias (& or *) is used.", "Write it out."),
        ("F113", "A tag (! or !!) is used.", "Leave it out."),
        ("F114", "A key is not one word or one quoted text.", "Put it in quotes, or make it one word."),
        ("F115", "A key stands twice in one place.", "Keep one of them."),
        ("F116", "A directive (%YAML or %TAG) is used.", "Leave it out."),
        # the form
        ("S201", "A key is missing.", "Add it."),
        ("S202", "A key is not known here.", "Look at its spelling and its indent."),
        ("S203", "A value is of the wrong kind, or empty.", "Write what the message asks for."),
        ("S204", "A word is not one of those allowed here.", "Use one of the words that the message lists."),
        ("S205", "An id is not written as it should be.", "Follow the example in the hint."),
        ("S299", "More is wrong than is told at once.", "Mend what is told, then look again."),
        # conditions
        ("C301", "This is no condition.", "Write `FINDING: yes`, or `all:` with a list."),
        ("C302", "A condition has more than one key.", "Write the group out: `all:` with one line for each."),
        ("C303", "A finding or concept is not known.", "Look at its spelling, or define it."),
        ("C304", "`at_least` lacks its count or its list.", "Write `at_least: {count: 2, of: [...]}`."),
        ("C305", "The count is no whole number from 1.", "Write how many must be true."),
        ("C306", "A group has no list with conditions.", "Write one line for each condition."),
        ("C307", "The count is larger than the list.", "Lower the count, or add conditions."),
        ("C308", "Only urgency and cautions may ask what is named.", "Name the findings or a concept instead."),
        ("C309", "A named state cannot be denied.", "A state that is not named can still be there: name findings."),
        ("C310", "A state is not known.", "Look at its spelling, or define it."),
        ("C311", "A strength is not known.", "Say weak, moderate or strong."),
        ("C312", "Only findings may stand here.", "Write the findings of the concept out."),
        ("C313", "A concept is yes or no.", "Say yes, or no where it must be ruled out by answers."),
        ("C314", "This is no value of the finding.", "Use one of its words, or the name of a band."),
        ("C315", "This word does not compare such a finding.", "below, at_most, at_least, above; or is, one_of."),
        ("C316", "A comparison lacks its number.", "Digits with a point, as in 3.5."),
        ("C317", "A number lies outside the range of its finding.", "Mend the number, or the range."),
        ("C318", "No number can lie in this stretch.", "Look at which bound is the lower one."),
        # references and meaning
        ("R401", "An id is defined twice.", "Give one of them another id."),
        ("R402", "A concept has the id of a finding.", "Give it another id."),
        ("R403", "A source is not known.", "Look at its spelling, or add it to the sources."),
        ("R404", "A fact is not known.", "Look at its spelling, or add it to the facts."),
        ("R405", "A reserved word is used as an id.", "Choose another id."),
        ("R406", "A source belongs to none of the facts cited.", "Cite the fact that rests on it, or leave it out."),
        ("R407", "`state` and `reviewed` do not go together.", "Write `state: reviewed` and who and when, or neither."),
        ("R408", "A finding is not known.", "Look at its spelling, or define it."),
        ("R409", "A rule can never fire.", "Some of its conditions exclude each other: take one of them out."),
        ("R410", "Something that every rule base needs is missing.", "Add it, as the hint shows."),
        ("R411", "A finding is neither a number, nor choices, nor yes/no.", "Give a number its unit and range."),
        ("R412", "A range is empty.", "`low` must be below `high`."),
        ("R413", "Choices do not differ, or hold `unsure`.", "Not sure is always possible and is not listed."),
        ("R414", "Concepts define each other in a circle.", "Let one of them do without the next."),
        ("R415", "A rule has not exactly one conclusion.", "supports with strength, against, urgency or caution."),
        ("R416", "A finding stands on two screens.", "Ask it once."),
        ("R417", "A name of a medicine stands twice.", "Take one away."),
        ("R418", "A teaching point lacks what its kind needs.", "A comparison has row and column, a food minerals."),
        ("R419", "A condition stands on too many levels.", "Make the concepts below it flatter."),
        ("R420", "A property is not of one kind.", "Write one `then`, or one `change`, as the hint shows."),
        ("R421", "A rule is not known.", "Look at its spelling, or define it."),
        ("R422", "A teaching point is not known.", "Look at its spelling, or define it."),
        ("R423", "A misconception alters no rule, or one it cannot.", "Name a rule that supports a state."),
        ("R426", "By its factor a level in two units is not the same.", "Mend the factor, the unit or the level."),
        ("R425", "A review was of something else.", "Have the rule read as it is now, or make it a draft again."),
        ("R424", "Two answers to one finding can follow at once.", "Narrow the condition of one of the implications."),
        # answers
        ("A501", "This is no answer to the finding.", "yes, no, unsure, one of its choices, or a number in range."),
        ("A502", "A file of answers has no answers.", "Write `answers:` and under it a line for each finding."),
        ("A503", "The session was saved by another version.", "Open it with the version of the quiz that saved it."),
        ("A504", "A word in what was told is no word of the quiz.", "Use a word of support or urgency."),
        ("A510", "The response is not JSON that can be read.", "Write it again with the program that made it."),
        ("A511", "The response is nested too deep.", "Make it flatter."),
        ("A512", "A key stands twice in the response.", "Keep one of them."),
        ("A513", "This is another kind of resource.", "Hand over a QuestionnaireResponse."),
        ("A514", "The response answers another questionnaire.", "Answer the one that `fhir questionnaire` writes."),
        ("A515", "A question of the response is not known.", "Look at its linkId."),
        ("A516", "Part of the response is of the wrong kind.", "Write what the message asks for."),
        ("A517", "An answer of the response cannot be read.", "Use one of the codes or units that the message lists."),
        ("A518", "A question is answered more than once.", "Keep one of the answers."),
        ("A519", "The status says that the answers are not to be used.", "Only finished or running ones are."),
        # wording that could harm
        ("W601", "A text tells a dose.", "Leave amounts to the clinician."),
        ("W602", "A text tells a verdict.", "Say what is worth discussing."),
        ("W603", "A text gives false comfort.", "No set of answers shows that all is well."),
        ("W607", "A text tells people to take or leave something.", "Say what to ask a clinician about."),
        ("W604", "A rule names a disease that nobody reported.", "Put it among the look-alikes."),
        # cases
        ("T701", "A rule does not do what its case says.", "Mend the condition or the case."),
        ("T702", "A vignette is not told as it says.", "Mend the rules or the vignette."),
        ("T703", "A vignette cannot be: its answers contradict what follows.", "Mend the answers."),
        ("T705", "This is no table of cases.", "Write `cases:`, ids of rules, `fires:` and a list."),
        ("T706", "A table names a rule that is not known.", "Look at its spelling."),
        ("T707", "A case cannot be added where a list is laid out like this.", "Write each case on a line of its own."),
        ("T708", "A line is no case with a known answer.", "Write it as the message says."),
        ("T709", "A case to measure on names what the rules do not know.", "Look at its spelling."),
        # exams
        ("E601", "This is no result of an exam.", "Ask for the file that `practice --exam` wrote."),
        ("E602", "An exam was made with other rules.", "Use the rules that the class used."),
        ("E603", "Two results are the same.", "It was counted once."),
        ("E604", "A result cannot be marked.", "Ask for the file that `practice --exam` wrote."),
    ),
    **_codes(
        "warning",
        # wording
        ("W605", "A text is hard to read.", "Shorter sentences, shorter words; or a term explained in the glossary."),
        ("W606", "An opening sentence is too long.", "Say less."),
        ("W608", "A text may end too soon, at ` #`.", "Put the whole text in quotes, or the comment on its own line."),
        # content
        ("K801", "A concept is used nowhere.", "Use it in a rule, or delete it."),
        ("K802", "A finding can never be answered.", "Put it on a screen, or let it follow from an answer."),
        ("K803", "An answer to this finding is used nowhere.", "Use it in a rule, or do not ask it."),
        ("K804", "A near miss is more than one answer away.", "Change one answer of a firing case, and no more."),
        ("K805", "Two rules have the same condition and conclusion.", "Keep one of them."),
        ("K806", "A danger sign has no second wording.", "Add `rephrase`: it is asked again after a not sure."),
        ("K807", "A case stands twice in one rule.", "Keep one of them."),
        ("K808", "One condition speaks for a state and against it.", "Keep one of the rules, or tell them apart."),
        ("K810", "No known level bears out the factor of a unit.", "Write one in both units, under `same_levels`."),
        ("K809", "A danger sign is not asked first.", "Ask everybody for it, on a `red_flags` screen before others."),
    ),
}  # fmt: skip


def family(code: str) -> str:
    return FAMILIES[code[0]]

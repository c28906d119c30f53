"""Static lines in, static lines out."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from quiz.conversation import COMMANDS, Command, Option, Reply, how_to_choose
from quiz.errors import StoreError
from quiz.interview import Session, Step
from quiz.model import NO, UNSURE, YES, Answer, Finding, RuleBase
from quiz.plain import Plain

Asked = tuple[Reply, str]
Ask = Callable[..., Asked]


@pytest.fixture
def ask(rulebase: RuleBase) -> Ask:
    """Put findings on one screen and type these lines: the reply, and all that was printed."""

    def run(findings: list[str], *lines: str, kind: str = "list", given: dict[str, str] | None = None) -> Asked:
        known: list[Finding] = [rulebase.findings[each] for each in findings]
        step = Step(("s",), "typed" if kind == "typed" else "list", "Title", "", tuple(known),
                    {each.id: each.question for each in known}, 2)  # fmt: skip
        out = io.StringIO()
        front = Plain(rulebase.medicines, io.StringIO("".join(f"{line}\n" for line in lines)), out)
        return front.ask(step, Session(given or {})), out.getvalue()

    return run


THREE = ["fever", "headache", "tremor"]


@pytest.mark.parametrize("line", ["2 no", "2 not sure", "2 ?", "1 3 n", "?2 no"])
def test_a_line_that_can_be_read_in_two_ways_is_asked_again(ask: Ask, line: str) -> None:
    reply, shown = ask(THREE, line, "n2")

    assert "That can be read in two ways. Type n2" in shown
    assert reply.given == {"headache": NO}


@pytest.mark.parametrize(
    ("line", "given"),
    [
        ("", {}),
        ("1 3", {"fever": YES, "tremor": YES}),
        ("1, 3", {"fever": YES, "tremor": YES}),
        ("?2", {"headache": UNSURE}),
        ("? 2", {"headache": UNSURE}),
        ("y1 n2 ?3", {"fever": YES, "headache": NO, "tremor": UNSURE}),
        ("none", dict.fromkeys(THREE, NO)),
        ("n", dict.fromkeys(THREE, NO)),
        ("no", dict.fromkeys(THREE, NO)),
        ("?", dict.fromkeys(THREE, UNSURE)),
        ("2 none", {"fever": NO, "headache": YES, "tremor": NO}),
        ("none 2", {"fever": NO, "headache": YES, "tremor": NO}),
        ("1 none 3", {"fever": YES, "headache": NO, "tremor": YES}),
        ("none, ?3", {"fever": NO, "headache": NO, "tremor": UNSURE}),
        ("none of these", dict.fromkeys(THREE, NO)),
        ("not sure", dict.fromkeys(THREE, UNSURE)),
        ("not sure 2", {"headache": UNSURE}),
        ("no 2 yes 3", {"headache": NO, "tremor": YES}),
        ("skip", {}),
    ],
)
def test_a_list_is_answered_by_numbers(ask: Ask, line: str, given: dict[str, str]) -> None:
    reply, _ = ask(THREE, line)

    assert reply == Reply(Command.DONE, given)


@pytest.mark.parametrize(("line", "answer"), [("none", None), ("2 none", None), ("?", UNSURE), ("n1", NO), ("y1", YES)])
def test_to_deny_the_others_is_not_to_say_that_one_feels_unwell(ask: Ask, line: str, answer: str | None) -> None:
    reply, _ = ask(["no_symptoms", *THREE], line)

    assert reply.given.get("no_symptoms") == answer


def test_none_leaves_how_somebody_feels_open_and_no_does_not(ask: Ask) -> None:
    assert [ask(["no_symptoms"], word)[0].given for word in ("none", "n")] == [{}, {"no_symptoms": NO}]


def test_what_was_answered_before_is_shown_and_not_overwritten_by_none(ask: Ask) -> None:
    reply, shown = ask(THREE, "none", given={"fever": YES})

    assert "(now: yes)" in shown
    assert reply.given == {"headache": NO, "tremor": NO}


@pytest.mark.parametrize("line", ["4", "0", "1 x", "banana", "1.5", "yes 9"])
def test_a_wrong_line_is_told_and_asked_again(ask: Ask, line: str) -> None:
    reply, shown = ask(THREE, line, "1")

    assert "Type numbers from 1 to 3" in shown
    assert reply.given == {"fever": YES}


@pytest.mark.parametrize(
    ("line", "command", "finding"),
    [
        ("back", Command.BACK, "fever"),
        ("b", Command.BACK, "fever"),
        ("why 3", Command.WHY, "tremor"),
        ("help 2", Command.HELP, "headache"),
        ("WHY", Command.WHY, "fever"),
        ("/save", Command.SAVE, "fever"),
        ("r", Command.RESULT, "fever"),
        ("change", Command.CHANGE, "fever"),
        ("quit", Command.QUIT, "fever"),
        ("why 99", Command.WHY, "tremor"),
    ],
)
def test_every_command_is_understood_at_a_list(ask: Ask, line: str, command: Command, finding: str) -> None:
    reply, _ = ask(THREE, line)

    assert (reply.command, reply.finding) == (command, finding)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("findings", [["fever"], THREE, ["age", "sex"]])
def test_every_command_word_works_at_every_kind_of_prompt(ask: Ask, command: Command, findings: list[str]) -> None:
    assert ask(findings, command.value)[0].command is command
    assert ask(["loop_diuretic"], command.value, kind="typed")[0].command is command


@pytest.mark.parametrize("line", ["²", "why ²", "1 ²", "٣", "9" * 5_000, f"why {'9' * 5_000}", "y0"])
def test_a_number_that_is_no_line_is_told(ask: Ask, line: str) -> None:
    reply, shown = ask(THREE, line, "1")

    assert reply == Reply(Command.DONE, {"fever": YES})
    assert "is none of the lines" in shown


EVERYWHERE = {"n": NO, "no": NO, "none": NO, "not sure": UNSURE, "?": UNSURE, "unsure": UNSURE, "skip": None}


@pytest.mark.parametrize(("word", "answer"), EVERYWHERE.items())
@pytest.mark.parametrize(("findings", "kind"), [(["fever"], "list"), (THREE, "list"), (["ppi", "thiazide"], "typed")])
def test_a_word_means_the_same_at_every_kind_of_prompt(
    ask: Ask, findings: list[str], kind: str, word: str, answer: str | None
) -> None:
    reply, _ = ask(findings, word, kind=kind)

    assert reply.command is Command.DONE
    assert reply.given == (dict.fromkeys(findings, answer) if answer else {})
    assert reply.other_medicines == ()


@pytest.mark.parametrize(
    ("typed", "given", "others"),
    [
        (("Lasix 40 mg",), ["loop_diuretic"], ()),
        (("Lasix, zzyx; indapamide (2.5 mg)",), ["loop_diuretic", "thiazide"], ("zzyx",)),
        (("Ventolin inhaler",), ["beta_agonist"], ()),
        (("calcium supplements",), ["calcium_carbonate"], ()),
        (("Ramipril/HCTZ",), ["acei", "thiazide"], ()),
        (("Lasix + zzyx",), ["loop_diuretic"], ("zzyx",)),
        (("Lasix 50 mg/5 ml",), ["loop_diuretic"], ()),
        (("lasik, zzyx", "y"), ["loop_diuretic"], ("zzyx",)),
        (("vitamin D3 and calcium",), ["vitamin_d", "calcium_carbonate"], ()),
        (("Losartan 50 HCT 12.5",), ["arb", "thiazide"], ()),
        (("Ramipril-Hydrochlorothiazid", "y"), ["acei", "thiazide"], ()),
        (("losartan HCT", "y"), ["arb"], ("losartan HCT",)),
        (("Micardis Plus", "y"), ["arb", "thiazide"], ()),
        (("omeprazoll", "y"), ["ppi"], ()),
    ],
)
def test_a_line_of_names_is_read_as_in_the_other_front(
    ask: Ask, typed: tuple[str, ...], given: list[str], others: tuple[str, ...]
) -> None:
    reply, _ = ask(MEDICINES, *typed, "skip", kind="typed")

    assert (reply.given, reply.other_medicines) == (dict.fromkeys(given, YES), others)


@pytest.mark.parametrize("word", ["skip", "none", "no", "n", ""])
def test_a_number_that_nobody_has_is_left_open(ask: Ask, word: str) -> None:
    assert ask(["age"], word)[0] == Reply(Command.DONE, {})


@pytest.mark.parametrize("word", ["h", "help", "b", "back", "w", "why", "q", "change"])
@pytest.mark.parametrize("before", [[], ["furosemid"], ["lasix", ""]], ids=["name", "did you mean", "complete"])
def test_a_command_is_understood_at_every_line_of_the_names(ask: Ask, before: list[str], word: str) -> None:
    reply, _ = ask(MEDICINES, *before, word, kind="typed")

    assert reply.command.value[0] == word[0]
    assert reply.other_medicines == (("furosemid",) if before == ["furosemid"] else ()), "no name is lost"


def test_a_line_that_is_no_answer_to_a_question_among_the_names_is_asked_again(ask: Ask) -> None:
    reply, shown = ask(MEDICINES, "", "perhaps so", "n", kind="typed")

    assert (reply.command, reply.given) == (Command.DONE, {})
    assert shown.count("Is this list complete?") == 2


def test_back_goes_to_the_question_before_inside_a_step_and_keeps_its_answer(ask: Ask) -> None:
    reply, shown = ask(["age", "sex"], "70", "back", "", "f")

    assert reply == Reply(Command.DONE, {"age": 70.0, "sex": "female"})
    assert "(now: 70 years)" in shown


@pytest.mark.parametrize(
    ("line", "answer"),
    [("y", YES), ("yes", YES), ("N", NO), ("no", NO), ("?", UNSURE), ("not sure", UNSURE), ("unsure", UNSURE)],
)
def test_one_question_takes_the_words_a_person_expects(ask: Ask, line: str, answer: str) -> None:
    assert ask(["fever"], line)[0].given == {"fever": answer}


def test_numbers_and_choices_are_asked_one_by_one(ask: Ask) -> None:
    reply, _ = ask(["age", "sex"], "70", "f")

    assert reply.given == {"age": 70.0, "sex": "female"}


def test_a_number_out_of_range_is_told_with_a_way_out(ask: Ask) -> None:
    reply, shown = ask(["magnesium_mmol_l"], "17", "1.7 mg/dL")

    assert "outside what is plausible" in shown
    assert reply.given["magnesium_mmol_l"] == pytest.approx(0.699, abs=0.001)


@pytest.mark.parametrize(
    ("finding", "typed", "number"),
    [
        ("egfr", "45 mL/min/1.73 m²", 45),
        ("egfr", "45 mL/min/1.73m2", 45),
        ("creatinine_umol_l", "88 µmol/L", 88),
        ("creatinine_umol_l", "88 \N{GREEK SMALL LETTER MU}mol/L", 88),
        ("potassium_mmol_l", "3.1 mmol", 3.1),
    ],
)
def test_a_result_is_taken_as_it_is_printed(ask: Ask, finding: str, typed: str, number: float) -> None:
    assert ask([finding], typed)[0].given == {finding: number}


@pytest.mark.parametrize(
    ("finding", "bare", "number"),
    [
        ("magnesium_mmol_l", "1.2", 0.4932),
        ("phosphate_mmol_l", "2.0", 0.646),
        ("calcium_ionised_mmol_l", "2.6", 0.6487),
    ],
)
def test_where_a_number_could_be_in_either_unit_its_unit_is_asked_for(
    ask: Ask, finding: str, bare: str, number: float
) -> None:
    reply, shown = ask([finding], bare, f"{bare} mg/dL")
    in_own_unit, _ = ask([finding], bare, f"{bare} mmol/L")

    assert f"{bare} could be in mmol/L" in shown
    assert "type it with the unit on your report" in " ".join(shown.split())
    assert reply.given == {finding: pytest.approx(number)}
    assert in_own_unit.given == {finding: float(bare)}


def test_a_limit_in_place_of_a_number_is_told_with_a_way_out(ask: Ask) -> None:
    reply, shown = ask(["potassium_mmol_l"], "<2.5", "2.4")

    assert "type the next number below it, such as 2.4" in " ".join(shown.split())
    assert reply.given == {"potassium_mmol_l": 2.4}


@pytest.mark.parametrize(("finding", "typed"), [("potassium_mmol_l", "high"), ("no_symptoms", "perhaps so")])
def test_a_finding_is_never_named_by_its_id(ask: Ask, rulebase: RuleBase, finding: str, typed: str) -> None:
    shown = ask([finding], typed)[1]

    assert rulebase.findings[finding].label in shown
    assert finding not in shown


def test_an_empty_line_leaves_a_number_open(ask: Ask) -> None:
    assert ask(["age", "sex"], "", "")[0].given == {}


MEDICINES = ["loop_diuretic", "thiazide", "ppi"]


def test_a_brand_name_means_its_class_and_a_complete_list_denies_the_others(ask: Ask) -> None:
    reply, shown = ask(MEDICINES, "lasix", "", "y", kind="typed")

    assert reply.given == {"loop_diuretic": YES, "thiazide": NO, "ppi": NO}
    assert "water tablet" in shown


def test_a_misspelt_name_is_offered_and_taken_only_on_yes(ask: Ask) -> None:
    assert ask(MEDICINES, "furosemid", "y", "", "n", kind="typed")[0].given == {"loop_diuretic": YES}

    reply, shown = ask(MEDICINES, "furosemide40mg", "y", "", "n", kind="typed")
    assert (reply.given, reply.other_medicines) == ({"loop_diuretic": YES}, ())
    assert "not known here" not in shown

    reply, _ = ask(MEDICINES, "furosemid", "n", "", "n", kind="typed")
    assert (reply.given, reply.other_medicines) == ({}, ("furosemid",))


@pytest.mark.parametrize(
    ("lines", "given", "others"),
    [
        (["furosemid", "indapamide", "y", "", "n"], {"loop_diuretic": YES, "thiazide": YES}, ()),
        (["furosemid", "zorblax", "n", "", "n"], {}, ("furosemid", "zorblax")),
        (["furosemid", "nothing", "", "n"], {}, ("furosemid",)),
        (["furosemid"], {}, ("furosemid",)),
        (["furosemid", "indapamide", "zorblax"], {"thiazide": YES}, ("furosemid", "zorblax")),
        (["furosemid", "indapamide", "quit"], {"thiazide": YES}, ("furosemid",)),
    ],
)
def test_a_name_is_not_lost_where_it_was_asked_what_another_one_means(
    ask: Ask, lines: list[str], given: dict[str, str], others: tuple[str, ...]
) -> None:
    reply, _ = ask(["loop_diuretic", "thiazide"], *lines, kind="typed")

    assert (reply.given, reply.other_medicines) == (given, others)


def test_what_a_name_means_is_asked_again_of_who_left_at_that_question(rulebase: RuleBase) -> None:
    known = tuple(rulebase.findings[each] for each in MEDICINES)
    step = Step(("s",), "typed", "Title", "", known, {each.id: each.question for each in known}, 2)
    lines = io.StringIO("why\nn\nwhy\nskip\n")
    front = Plain(rulebase.medicines, lines, io.StringIO())
    left = Session(other_medicines=("zzyx", "furosemid"))
    replies = [front.ask(step, left) for _ in range(3)]
    resumed = Plain(rulebase.medicines, io.StringIO("y\nskip\n"), io.StringIO()).ask(step, left)

    assert [each.command for each in replies] == [Command.WHY, Command.WHY, Command.DONE]
    assert {each.other_medicines for each in replies} == {("zzyx", "furosemid")}
    assert (resumed.given, resumed.other_medicines) == ({"loop_diuretic": YES}, ("zzyx",))


def test_names_are_kept_as_they_are_called_and_told_again(rulebase: RuleBase, ask: Ask) -> None:
    left, _ = ask(["loop_diuretic", "thiazide"], "lasix 40", "furosemide, zzyx", "quit", kind="typed")
    known = tuple(rulebase.findings[each] for each in ("loop_diuretic", "thiazide", "ppi"))
    step = Step(("s",), "typed", "Title", "", known, {each.id: each.question for each in known}, 2)
    shown = io.StringIO()
    front = Plain(rulebase.medicines, io.StringIO("lasix\nskip\n"), shown)
    answers: dict[str, Answer] = {"loop_diuretic": YES, "ppi": YES}
    session = Session(answers, other_medicines=("zzyx",), named_medicines=left.named_medicines)
    resumed = front.ask(step, session)

    assert (left.named_medicines, left.other_medicines) == (("Lasix", "furosemide"), ("zzyx",))
    assert "So far: Lasix, furosemide, an acid blocker (PPI stomach tablet), zzyx." in shown.getvalue()
    assert resumed.named_medicines == left.named_medicines, "the same name twice is one"

    shown = io.StringIO()
    front = Plain(rulebase.medicines, io.StringIO("skip\n"), shown)
    front.ask(step, Session({"loop_diuretic": NO}, named_medicines=left.named_medicines))
    assert "So far" not in shown.getvalue(), "what was answered otherwise since stands on no list"


def test_a_name_nobody_knows_is_kept_and_leaves_the_others_open(ask: Ask) -> None:
    reply, shown = ask(MEDICINES, "Zzyzzyx forte", "", "y", kind="typed")

    assert reply.other_medicines == ("Zzyzzyx forte",)
    assert reply.given == dict.fromkeys(MEDICINES, UNSURE)
    assert "ask about this one" in shown


def test_a_name_nobody_knows_that_comes_after_the_list_was_complete_opens_what_was_denied(ask: Ask) -> None:
    known = dict.fromkeys(MEDICINES, NO)
    reply, _ = ask(MEDICINES, "Zzyzzyx", "zzyzzyx", "", kind="typed", given=known)

    assert reply.given == dict.fromkeys(MEDICINES, UNSURE)
    assert reply.other_medicines == ("Zzyzzyx",), "the same name twice is one"


def test_none_at_the_medicines_means_none(ask: Ask) -> None:
    assert ask(MEDICINES, "none", kind="typed")[0].given == dict.fromkeys(MEDICINES, NO)


@pytest.mark.parametrize("line", ["no medicines", "No medication", "nothing", "I take nothing", "no tablets"])
def test_words_for_no_medicine_end_the_list(ask: Ask, line: str) -> None:
    reply, shown = ask(MEDICINES, line, "y", kind="typed")

    assert (reply.given, reply.other_medicines) == (dict.fromkeys(MEDICINES, NO), ())
    assert "Is this list complete?" in shown


@pytest.mark.parametrize("kind", ["list", "typed"])
def test_the_end_of_a_pipe_is_an_end_and_never_an_answer(ask: Ask, kind: str) -> None:
    reply, _ = ask(THREE if kind == "list" else MEDICINES, kind=kind)

    assert (reply.command, reply.given) == (Command.ENDED, {})


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_input_in_another_encoding_than_was_said_is_told_with_a_way_out(rulebase: RuleBase, encoding: str) -> None:
    lines = io.TextIOWrapper(io.BytesIO(b"yes\nno\n"), encoding=encoding)

    with pytest.raises(StoreError, match=f"standard input: is not {encoding} text\n  hint: "):
        Plain(rulebase.medicines, lines, io.StringIO()).line("name: ")


def test_what_was_typed_before_the_end_is_kept(ask: Ask) -> None:
    reply, _ = ask(MEDICINES, "lasix", "Zzyzzyx", kind="typed")

    assert reply.command is Command.ENDED
    assert (reply.given, reply.other_medicines) == ({"loop_diuretic": YES}, ("Zzyzzyx",))


def test_a_choice_takes_its_key_its_number_or_its_word(rulebase: RuleBase) -> None:
    options = [Option("stop", "Stop", "s"), Option("go", "Go on")]
    for line, value in (
        ("s", "stop"),
        ("stop", "stop"),
        ("2", "go"),
        ("go", "go"),
        ("x\ns", "stop"),
        ("\ns", "stop"),
        ("q\ngo", "go"),
    ):
        front = Plain({}, io.StringIO(line + "\n"), io.StringIO())
        assert front.choose("Stop?", options) == value


ANY = [Option("fever", "fever: yes"), Option("", "none of them", "0")]
MANY = [*(Option(f"f{place}", f"finding {place:02}: yes") for place in range(1, 31)), Option("", "none of them", "0")]


def test_of_a_long_list_a_part_is_read_out_and_more_on_request() -> None:
    out = io.StringIO()

    assert Plain({}, io.StringIO("more\nmore\n26\n"), out).choose("Which?", MANY) == "f26"
    first, second, third, *_ = out.getvalue().split("> ")
    assert "12 finding 12" in first
    assert "13 finding 13" not in first
    assert "0 none of them" in first
    assert "13 finding 13" in second
    assert "30 finding 30" in third


@pytest.mark.parametrize(
    ("lines", "value"), [("finding 07", "f7"), ("f7", "f7"), ("07", "f7"), ("zzz\nfinding 2\n21", "f21"), ("b", "")]
)
def test_in_a_long_list_a_part_of_a_name_finds_an_option(lines: str, value: str) -> None:
    out = io.StringIO()

    assert Plain({}, io.StringIO(f"{lines}\n"), out).choose("Which?", MANY) == value
    assert ("More than one fits:" in out.getvalue()) == ("finding 2" in lines)


ASKED = [Option("no", "No, drop them", "n"), Option("yes", "Yes, save them", "y")]


@pytest.mark.parametrize("word", ["b", "back", "n", "no", "none", "skip", "q", "quit", "0"])
def test_back_and_its_like_take_the_way_out_of_a_choice(word: str) -> None:
    assert Plain({}, io.StringIO(word + "\n"), io.StringIO()).choose("Which?", ANY) == ""


@pytest.mark.parametrize(("word", "value"), [("y", "yes"), ("YES", "yes"), ("no", "no"), ("b", "no"), ("none", "no")])
def test_yes_and_no_are_understood_at_a_choice(word: str, value: str) -> None:
    assert Plain({}, io.StringIO(word + "\n"), io.StringIO()).choose("Keep them?", ASKED) == value


@pytest.mark.parametrize("word", ["?", "h", "help"])
def test_help_at_a_choice_says_what_can_be_typed(word: str) -> None:
    out = io.StringIO()

    assert Plain({}, io.StringIO(word + "\n1\n"), out).choose("Which?", ANY) == "fever"
    assert "You can type 1 - fever: yes; 0 - none of them. Back, b or none means 0." in " ".join(out.getvalue().split())


@pytest.mark.parametrize(
    ("options", "ways"),
    [
        ([Option("go", "On", "n"), Option("quit", "Leave", "q")], ""),
        ([Option("go", "On", "n"), Option("undo", "Before", "u", ("b", "back"))], " Back or b means u."),
        ([Option("nothing", "No time", "0", ("none",)), Option("back", "Before", "b")], " None means 0."),
    ],
)
def test_help_at_a_choice_tells_of_no_way_back_that_is_not_there(options: list[Option], ways: str) -> None:
    assert how_to_choose(options, [each.key for each in options]).partition(".")[2] == ways


def test_nothing_typed_can_act_on_the_terminal(ask: Ask) -> None:
    _, shown = ask(MEDICINES, "\x1b[2Jevil\x07", "", "n", kind="typed")

    assert "\x1b" not in shown
    assert "\x07" not in shown


def test_whoever_goes_on_with_single_questions_begins_at_the_first_without_an_answer(ask: Ask) -> None:
    reply, shown = ask(["age", "sex"], "f", given={"age": "70"})

    assert reply.given == {"sex": "female"}
    assert "How old are you?" not in shown


def test_every_name_is_heard_as_it_is_entered_and_every_line_as_it_is_answered(rulebase: RuleBase) -> None:
    for findings, kind, lines, heard in (
        (["age", "sex"], "list", ["70", "f"], [{"age": 70.0}, {"age": 70.0, "sex": "female"}]),
        (THREE, "list", ["1 ?2"], [{"fever": YES, "headache": UNSURE}]),
        (MEDICINES, "typed", ["lasix", "zzyx", "", "n"], [{"loop_diuretic": YES}, {"loop_diuretic": YES}]),
    ):
        known = tuple(rulebase.findings[each] for each in findings)
        wording = {each.id: each.question for each in known}
        step = Step(("s",), "typed" if kind == "typed" else "list", "Title", "", known, wording, 2)
        replies: list[Reply] = []
        front = Plain(rulebase.medicines, io.StringIO("".join(f"{line}\n" for line in lines)), io.StringIO())
        front.ask(step, Session(), replies.append)

        assert [dict(each.given) for each in replies] == heard
        assert replies[-1].other_medicines == (("zzyx",) if kind == "typed" else ())

"""Which electrolyte to discuss with a clinician, and why. Education: no diagnosis, no dose.

From Python: `load` a rule base, `assess` one set of answers, `assess_lines` for many. Their docstrings say how.
"""

TYPE_CHECKING = False  # as typing has it; importing that would cost every command a few milliseconds
if TYPE_CHECKING:
    from quiz.api import assess, assess_lines, load
    from quiz.errors import AnswersError, EngineError, QuizError, RuleBaseError
    from quiz.model import Assessment, RuleBase

__all__ = [
    "AnswersError",
    "Assessment",
    "EngineError",
    "QuizError",
    "RuleBase",
    "RuleBaseError",
    "assess",
    "assess_lines",
    "load",
]


if not TYPE_CHECKING:  # a type checker would take it to mean that every name is there

    def __getattr__(name: str) -> object:
        """Imports what is asked for when it is asked for: the command line needs none of it."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from quiz import api, errors, model

        return next(vars(room)[name] for room in (api, errors, model) if name in vars(room))


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

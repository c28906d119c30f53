"""All benches, one after another: `uv run --group bench python -m tests.bench [NAME...]`. Each line is a ratio.

A bench is a module of this folder with a function `run`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType


def benches() -> dict[str, ModuleType]:
    """All of them, by name."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("__"))
    modules = {name: import_module(f"{__package__}.{name}") for name in names}
    return {name: module for name, module in modules.items() if hasattr(module, "run")}


def main(wanted: Sequence[str]) -> None:
    found = benches()
    if unknown := set(wanted) - set(found):
        raise SystemExit(f"no bench: {', '.join(sorted(unknown))}\n  there are: {', '.join(found)}")
    for name in wanted or found:
        print(f"== {name}", flush=True)
        found[name].run()


if __name__ == "__main__":
    main(sys.argv[1:])

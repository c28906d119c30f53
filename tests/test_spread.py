"""Many cases by the workers of a Dask cluster, here two processes that talk over the loopback."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import dask.bag
import pytest
from distributed import Client, LocalCluster

import quiz
from quiz.api import make_batch
from quiz.model import RuleBase
from quiz.spread import assess_bag
from tests.conftest import ROOT
from tests.test_batch import cases

SMALL = ROOT / "tests" / "rulebases" / "small"


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """The processes of a cluster, and a client that the bags of these tests are computed by."""
    with (
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            local_directory=str(tmp_path_factory.mktemp("dask")),
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


@pytest.fixture
def written(tmp_path: Path, rulebase: RuleBase) -> Path:
    path = tmp_path / "in.jsonl"
    path.write_text("".join(f"{line}\n" for line in cases(rulebase, 500)), encoding="utf-8")
    return path


def test_the_parts_of_one_file_give_what_one_process_gives(workers: Client, written: Path) -> None:
    bag = dask.bag.read_text(str(written), blocksize=20_000)
    with open(written, encoding="utf-8") as file:
        one = [line for part in make_batch().run(file) for line in part.lines]

    assert bag.npartitions > 4
    assert assess_bag(bag).compute() == one
    assert any('"line": ' in line for line in one)


def test_both_workers_take_part(workers: Client, written: Path) -> None:
    bag = assess_bag(dask.bag.read_text(str(written), blocksize=10_000))
    by = bag.map_partitions(lambda lines: [os.getpid()] * bool(list(lines)))

    assert len(set(by.compute())) == 2


def test_many_files_go_in_and_as_many_come_out(workers: Client, tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / f"{name}.jsonl").write_text(f'{{"id": "{name}", "answers": {{}}}}\n', encoding="utf-8")

    told = assess_bag(dask.bag.read_text(str(tmp_path / "*.jsonl"))).to_textfiles(str(tmp_path / "out-*.jsonl"))

    assert len(told) == 3
    assert '"id": "b"' in (tmp_path / "out-1.jsonl").read_text(encoding="utf-8")


def test_a_folder_of_rules_goes_for_every_worker(workers: Client) -> None:
    lines = ['{"id": 1, "answers": {"dry_soil": "yes"}}'] * 3
    bag = dask.bag.from_sequence(lines, npartitions=3)

    assert assess_bag(bag, SMALL).compute() == list(quiz.assess_lines(lines, SMALL))


def test_rules_that_cannot_be_used_are_told_before_a_worker_is_asked(workers: Client, tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("findings: [", encoding="utf-8")

    with pytest.raises(quiz.RuleBaseError, match="F106"):
        assess_bag(dask.bag.from_sequence(["{}"]), tmp_path)


def test_a_worker_with_other_rules_is_found_out(workers: Client, tmp_path: Path) -> None:
    rules = shutil.copytree(SMALL, tmp_path / "rules")
    bag = assess_bag(dask.bag.from_sequence(['{"answers": {}}']), rules)
    with open(rules / "rules.yaml", "a", encoding="utf-8") as file:
        file.write("# edited since\n")

    with pytest.raises(quiz.QuizError, match="this machine has rule base"):
        bag.compute()

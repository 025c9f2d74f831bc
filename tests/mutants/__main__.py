"""Draw mutants, try each against the tests near it, and say which were caught and which have a reason not to be."""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
import tempfile
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from queue import SimpleQueue

from tests.mutants import reach
from tests.mutants.mutations import Mutant, drawn, modules, mutants_of
from tests.mutants.named import named
from tests.mutants.trial import BUDGET_S, NEAR, Bench, Verdict, context, digest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "molosim"
REASONS = Path(__file__).parent / "reasons.toml"
LEAST_CAUGHT = 0.9
LONG_S = 5.0
"""Tests that take longer are tried when no other has failed."""


def say(text: str) -> None:
    """Print at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


class Store:
    """Results of earlier runs on the same sources."""

    def __init__(self, path: Path, state: tuple[str, str], *, keep_caught: bool) -> None:
        self._path, self._state = path, list(state)
        self.known: dict[str, Verdict] = {}
        rows = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        for key, (sources, tests), verdict in map(json.loads, rows):
            same = sources == state[0] and (tests == state[1] or (keep_caught and verdict["caught"]))
            self.known.pop(key, None)
            if same:
                self.known[key] = Verdict(**verdict)

    def add(self, key: str, verdict: Verdict) -> None:
        """Keep a result; a run that is broken off goes on after it."""
        self.known[key] = verdict
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps([key, self._state, asdict(verdict)]) + "\n")


def measured(folder: Path, benches: list[Bench], pool: ThreadPoolExecutor) -> dict[str, reach.Reached]:
    """What every test near the mutated rooms reaches; measured anew for files that have changed."""
    files = [
        path.relative_to(ROOT).as_posix() for room in NEAR for path in sorted((ROOT / "tests" / room).glob("test_*.py"))
    ]
    sources = digest(ROOT, "src", "configs")
    helpers = digest(ROOT, *(p.relative_to(ROOT).as_posix() for p in _helpers()))
    known = {file: folder / f"reach-{digest_of(sources + helpers, ROOT / file)}.json" for file in files}
    free: SimpleQueue[Bench] = SimpleQueue()
    for bench in benches:
        free.put(bench)

    def measure(file: str) -> None:
        bench, started = free.get(), time.perf_counter()
        try:
            bench.measure(file, known[file])
        finally:
            free.put(bench)
        count = len(reach.load(known[file])) if known[file].exists() else 0
        say(f"{file}: {count} tests measured in {time.perf_counter() - started:.0f} s")

    list(pool.map(measure, [file for file in files if not known[file].exists()]))
    tests: dict[str, reach.Reached] = {}
    for path in known.values():
        tests |= reach.load(path) if path.exists() else {}
    return tests


def _helpers() -> Iterator[Path]:
    """What tests stand on, beside the model: all in their folders that is not a test, and what measures them."""
    for path in sorted((ROOT / "tests").rglob("*")):
        beside = path.suffix in {".py", ".json"} and not path.name.startswith("test_")
        if beside and (path.parent != REASONS.parent or path.name == "reach.py"):
            yield path


def digest_of(state: str, path: Path) -> str:
    """Of a file, beside a state of all that it stands on."""
    import hashlib  # noqa: PLC0415

    return hashlib.sha256(state.encode() + path.as_posix().encode() + path.read_bytes()).hexdigest()[:16]


def importers() -> dict[str, set[str]]:
    """By module, which mutated modules name it in their imports."""
    found: dict[str, set[str]] = defaultdict(set)
    names = {name: name.replace("/", ".").removesuffix(".__init__") for name, _ in modules(PACKAGE)}
    for importer, path in modules(PACKAGE):
        text = path.read_text(encoding="utf-8")
        for name, dotted in names.items():
            room, _, last = dotted.rpartition(".")
            if f"molosim.{dotted} import" in text or f"from molosim.{room} import {last}" in text:
                found[name].add(importer)
    return found


def _lines_that_use(mutant: Mutant, importing: set[str]) -> reach.Lines:
    """By module, where what a mutant assigns at import is named; all of its module where it has no name."""
    found: reach.Lines = {}
    for module in (mutant.module, *importing):
        lines = (PACKAGE / f"{module}.py").read_text(encoding="utf-8").splitlines()
        named = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in mutant.names) if mutant.names else "")
        if mutant.names or module == mutant.module:
            found[module] = sum(1 << number for number, line in enumerate(lines, 1) if named.search(line))
    return found


def chosen(
    mutant: Mutant,
    tests: dict[str, reach.Reached],
    imported: dict[str, set[str]],
    killers: Counter[str],
    budget_s: float,
) -> dict[str, float]:
    """Tests to try a mutant against, the most promising first, and the seconds that each takes."""
    if mutant.lines is None:
        used = _lines_that_use(mutant, imported[mutant.module])
        reaching = [
            name for name, test in tests.items() if any(test.lines.get(at, 0) & lines for at, lines in used.items())
        ]
    else:
        first, last = mutant.lines
        mask = ((1 << (last - first + 1)) - 1) << first
        reaching = [name for name, test in tests.items() if test.lines.get(mutant.module, 0) & mask]
    # One of each file, then the next of each, as those of one file are alike; what takes long comes last.
    cost = {name: tests[name].seconds + sum(tests[name].shared_s.values()) for name in reaching}
    of_file: dict[str, list[str]] = defaultdict(list)
    for name in sorted(reaching, key=cost.__getitem__):
        of_file[name.partition("::")[0]].append(name)
    rank = {
        name: (not killers[name], cost[name] > LONG_S, turn, cost[name])
        for names in of_file.values()
        for turn, name in enumerate(names)
    }
    ranked = sorted(reaching, key=rank.__getitem__)
    return reach.affordable(ranked, tests, budget_s)


def reasons() -> dict[str, str]:
    """By key of a mutant, why it need not be caught."""
    rows = tomllib.loads(REASONS.read_text(encoding="utf-8")).get("survivor", [])
    return {
        " | ".join((row["module"], row["function"], row["line"], row["change"], str(row.get("nth", 0)))): row["reason"]
        for row in rows
    }


def tried(mutants: list[Mutant], store: Store, folder: Path, *, jobs: int, budget_s: float) -> None:
    """Try all that are not known yet."""
    left = [mutant for mutant in mutants if mutant.key not in store.known]
    if not left:
        return
    processes = context()
    with tempfile.TemporaryDirectory(prefix="mutants-") as at, ThreadPoolExecutor(jobs) as pool:
        benches = [Bench(ROOT, Path(at) / str(i), processes) for i in range(jobs)]
        tests, imported = measured(folder, benches, pool), importers()
        killers: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for key, verdict in store.known.items():
            killers[key.partition(" | ")[0]][verdict.by] += verdict.caught
        free: SimpleQueue[Bench] = SimpleQueue()
        control = sorted(tests, key=lambda name: tests[name].seconds + sum(tests[name].shared_s.values()))
        for bench in benches:
            bench.open(sorted({name.partition("::")[0] for name in tests}))
            verdict = bench.unchanged(reach.affordable(control, tests, budget_s / 5))
            if verdict.caught:
                sys.exit(f"without any mutant {verdict.by} fails: nothing can be learnt")
            free.put(bench)

        def one(mutant: Mutant) -> None:
            bench = free.get()
            try:
                verdict = bench.test(mutant, chosen(mutant, tests, imported, killers[mutant.module], budget_s))
            finally:
                free.put(bench)
            killers[mutant.module][verdict.by] += verdict.caught
            store.add(mutant.key, verdict)
            how = "caught" if verdict.caught else "SURVIVED"
            say(f"{len(store.known)} {how} {verdict.seconds:.1f} s {mutant.key} ({verdict.by})")

        list(pool.map(one, left))
        for bench in benches:
            bench.close()


def report(mutants: list[Mutant], known: dict[str, Verdict]) -> bool:
    """Say per module what was caught, list the survivors; returns whether that is enough."""
    why, by_module = reasons(), defaultdict(Counter)
    unexplained = []
    for mutant in mutants:
        caught = known[mutant.key].caught
        explained = not caught and mutant.key in why
        by_module[mutant.module]["caught" if caught else "reason" if explained else "unexplained"] += 1
        if not caught:
            source = (PACKAGE / f"{mutant.module}.py").read_text(encoding="utf-8")
            text = why.get(mutant.key, f"UNEXPLAINED ({known[mutant.key].by})")
            say(f"\n{mutant.key}\n{mutant.diff(source)}\n  {text}")
            unexplained += [] if explained else [mutant]
    say(f"\n{'module':44}{'caught':>8}{'reason':>8}{'unexplained':>13}")
    for module, counts in sorted(by_module.items()):
        say(f"{module:44}{counts['caught']:8}{counts['reason']:8}{counts['unexplained']:13}")
    total = sum(by_module.values(), Counter())
    seconds = [known[mutant.key].seconds for mutant in mutants]
    say(f"{sum(seconds) / len(seconds):.1f} s a mutant, at most {max(seconds):.0f} s")
    for key in sorted(why.keys() & {m.key for m in mutants if known[m.key].caught}):
        say(f"has a reason but is caught: {key}")
    for key in sorted(why.keys() - every_key()):
        say(f"has a reason but no longer exists: {key}")
    say(f"{total['caught']} caught, {total['reason']} with a reason, {total['unexplained']} unexplained")
    return not unexplained and total["caught"] >= LEAST_CAUGHT * len(mutants)


def every_key() -> set[str]:
    """Keys of all mutants there are."""
    return {mutant.key for module, path in modules(PACKAGE) for mutant in mutants_of(module, path.read_text("utf-8"))}


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--number", type=int, default=300, help="mutants drawn, beside the named ones")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument(
        "--budget", type=float, default=BUDGET_S, help="seconds of tests that a mutant is tried against"
    )
    parser.add_argument("--only", default="", help="only mutants whose key has this in it")
    parser.add_argument("--keep-caught", action="store_true", help="do not try caught mutants anew as tests change")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "mutants", help="for results; may be deleted")
    parser.add_argument("--fresh", action="store_true", help="forget results of earlier runs")
    options = parser.parse_args()
    if options.fresh:
        shutil.rmtree(options.folder, ignore_errors=True)
    options.folder.mkdir(parents=True, exist_ok=True)
    sample, of = drawn(PACKAGE, options.number, options.seed)
    mutants = [m for m in [*named(PACKAGE), *sample] if options.only in m.key]
    say(f"{len(mutants)} mutants, {len(sample)} of them drawn from {of} with seed {options.seed}")
    state = digest(ROOT, "src", "configs"), digest(ROOT, "tests")
    store = Store(options.folder / "results.jsonl", state, keep_caught=options.keep_caught)
    tried(mutants, store, options.folder, jobs=options.jobs, budget_s=options.budget)
    sys.exit(not report(mutants, store.known))


if __name__ == "__main__":
    main()

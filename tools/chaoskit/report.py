"""Prints what a run found."""

import shlex
from typing import Dict, List

from .finding import Finding

CASES_SHOWN = 5


def print_findings(findings: List[Finding]) -> bool:
    """A line for each finding, and its first cases below. Returns whether all promises were kept."""
    for finding in findings:
        note = f" ({finding.note})" if finding.note else ""
        print(f"{'ok  ' if finding.is_kept else 'FAIL'} {finding.name}: {len(finding.cases)}{note}", flush=True)
        for case in finding.cases[:CASES_SHOWN]:
            print(f"       {case}")
        if len(finding.cases) > CASES_SHOWN:
            print(f"       and {len(finding.cases) - CASES_SHOWN} more")
    return all(finding.is_kept for finding in findings)


def print_facts(title: str, lines: List[str]) -> None:
    """What was measured or counted, under a title."""
    print(f"     {title}")
    for line in lines:
        print(f"       {line}")


def counts(numbers: Dict[str, int]) -> str:
    """Counts by name, in one line."""
    return ", ".join(f"{count} {name}" for name, count in sorted(numbers.items())) or "none"


def print_trail(folder: str, command: List[str], findings: List[Finding], database_url: str) -> None:
    """How to look into what went wrong, and how to do it again."""
    first = next((case.split()[0] for finding in findings for case in finding.cases), "ID")
    print(f"Kept for you: {folder}")
    print(f"  logs          grep {first} {folder}/*.log")
    print(f"  all evidence  {folder}/evidence.json, {folder}/faults.log, {folder}/findings.txt")
    print(f"  the database  tools/pgcluster start {folder}/postgres, then")
    print(f"    psql '{database_url}' -c \"select sequence, event_time, kind, actor, page_id, message from events "
          f"where dispatch_id = '{first}' order by sequence\"")
    print(f"  clean up      tools/pgcluster remove {folder}/postgres; rm -r {folder}")
    print(f"  once more     {shlex.join(command)}")

"""All audits of a run."""

from typing import List

from . import audit_acks, audit_dispatches, audit_pages
from .evidence import Evidence
from .finding import Finding
from .history import History
from .settings import SIM_LOG_ENTRIES_MAX

AUDITS = (
    audit_dispatches.lost, audit_dispatches.created_twice, audit_dispatches.unfinished, audit_dispatches.gaps,
    audit_pages.sent_twice, audit_pages.sent_twice_unasked, audit_pages.paged_again, audit_pages.after_ack,
    audit_pages.called_failed, audit_pages.mistaken, audit_pages.unknown_pages, audit_pages.unsettled,
    audit_acks.acks_lost, audit_acks.acked_by_nobody,
)


def audit(evidence: Evidence, crashes: List[str]) -> List[Finding]:
    """Every finding, in the order in which they are printed. `crashes` are ends of processes that nobody caused."""
    history = History(evidence)
    findings = [check(evidence, history) for check in AUDITS]
    findings.append(Finding("crashes", list(crashes)))
    findings.append(_completeness(evidence))
    return findings


def _completeness(evidence: Evidence) -> Finding:
    """An audit of half of the evidence, or of nothing, would find nothing."""
    finding = Finding("evidence missing")
    for name, count in (("requests", len(evidence.requests)), ("webhooks", evidence.webhook_count),
                        ("messages", len(evidence.messages))):
        if count >= SIM_LOG_ENTRIES_MAX:
            finding.cases.append(f"{name}: the simulator has forgotten the first ones; use a lower --rate")
        if count == 0:
            finding.cases.append(f"{name}: there were none")
    if not evidence.accepted:
        finding.cases.append("accepted requests: there were none")
    return finding

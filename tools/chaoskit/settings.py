"""What every run has in common: the escalation policies, the mix of faults, and how long things may take."""

BUSINESSES = 20
TECHNICIANS_MIN, TECHNICIANS_MAX = 2, 3

ACCOUNT_SID = "AC" + "0" * 31 + "1"
AUTH_TOKEN = "chaos-auth-token"
RETELL_API_KEY = "key_chaos"
API_KEY = "chaos-api-key"

# Urgency -> (seconds after a text, seconds after a call, rounds, cutoff in seconds). HIGH and MEDIUM go through whole
# escalations in a minute. LOW waits long enough for an unknown outcome to be settled, and perhaps paged again, before
# its next step. The cutoffs above a minute leave time to look for replies whose webhook was lost.
POLICIES = {"HIGH": (3, 4, 2, 60), "MEDIUM": (3, 4, 2, 75), "LOW": (25, 25, 1, 75)}
CUTOFF_S_MAX = max(cutoff for _, _, _, cutoff in POLICIES.values())
# How long a call that only Twilio told of waits for the voice agent's report (server/core/step.h).
REPORT_GRACE_S = 30
# How often the provider is asked for replies (docs/operations.md), and how long it may take to write one down.
REPLIES_INTERVAL_S = 60
REPLIES_SLACK_S = 10

TWILIO_TIMEOUT_S = 2
QUIET_SLACK_S = 60
READY_TIMEOUT_S = 30
SHUTDOWN_GRACE_S = 5

# The simulator remembers 100,000 webhooks; a dispatch causes about a dozen.
DISPATCHES_MAX = 8_000
SIM_LOG_ENTRIES_MAX = 100_000

# Faults of each create request at the provider, at random. See tools/providersim/README.md for the kinds.
PROVIDER_RATES = {
    "refuse": 0.01, "rate_limit": 0.02, "server_error": 0.02, "html_error": 0.01, "timeout_before_accept": 0.015,
    "timeout_after_accept": 0.015, "reset_before_accept": 0.015, "reset_after_accept": 0.015, "slow": 0.03,
    "undelivered": 0.03, "failed": 0.02, "never_delivered": 0.02,
    "callbacks_lost": 0.05, "callbacks_doubled": 0.05, "callbacks_late": 0.05, "callbacks_out_of_order": 0.05,
    "callback_before_response": 0.05,
    "inbound_lost": 0.05,
}
# Codes that say nothing lasting of the phone or of our number: those would take phones out of the run for good.
PROVIDER_PARAMS = {
    "refuse": {"code": 21612}, "undelivered": {"code": 30003}, "failed": {"code": 30008}, "slow": {"delay_ms": 800},
    "timeout_before_accept": {"hold_ms": 3000}, "timeout_after_accept": {"hold_ms": 3000},
    "callbacks_late": {"delay_ms": 3000},
}

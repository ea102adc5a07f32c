"""Runs the product under load while its parts are killed and its providers fail, then audits what it promises."""

"""Shows that tests can fail; see tools/mutate."""

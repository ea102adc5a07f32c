"""Makes the weights of words; see tools/train-urgency."""

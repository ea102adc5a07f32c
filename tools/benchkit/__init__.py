"""What tools/bench measures; see README.md."""

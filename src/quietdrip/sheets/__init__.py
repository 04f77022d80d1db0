"""What is printed: one card as terminal text, JSON and PDF. Shows numbers, computes none."""

"""What a model predicts: exact levels in plasma and at the effect site, from doses and a weight."""

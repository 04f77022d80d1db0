"""What we think: pure decisions over plain values. No clock, disk, network, chance or logging."""

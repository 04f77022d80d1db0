"""Rigs: long trials that try to break what the tests hold. `./dev rig NAME` runs one."""

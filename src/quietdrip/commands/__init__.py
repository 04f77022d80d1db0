"""The larger commands of the command line, one module each; `cli` adds them and reads the rest."""

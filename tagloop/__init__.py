"""The command line: composes the stages and decides nothing."""

"""A small press world on loopback, with a known truth: what `make demo` crawls."""

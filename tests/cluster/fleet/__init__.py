"""A fleet of forty workloads of pod-managed identity, NMI that gives them tokens, and their way off it."""

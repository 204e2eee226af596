"""Transition tables: what may happen to a thing of the service, by whom, and what it leads to."""

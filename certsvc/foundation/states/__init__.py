"""Transition tables: events of a life cycle, who may cause them, and the next states."""

"""Outgoing HTTP: one client, address rules, circuit breakers, bulkheads."""

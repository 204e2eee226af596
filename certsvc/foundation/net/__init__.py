"""Calls that leave the house: one HTTP client, address rules, breakers, bulkheads."""

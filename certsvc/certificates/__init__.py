"""Verified facts enter; a record and its sealed copies leave."""

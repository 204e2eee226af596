"""Delivery: the HTTP interface, the pages and the command line. Nothing is decided here."""

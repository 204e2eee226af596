"""Answering a repeated request as the first time, whatever it creates."""

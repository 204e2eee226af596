"""Verified facts about holders, with evidence, from sources and inquiries."""

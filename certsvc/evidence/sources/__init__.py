"""Verified data: what a department's own database says about a holder, with evidence."""

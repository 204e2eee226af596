"""Placement of seals: their appearance, and adding them to a document."""

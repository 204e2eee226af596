"""模板包版本: which version of which template pack papers are set with, decided by two people."""

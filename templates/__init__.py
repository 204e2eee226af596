"""Certificate papers: template pack + verified data → PDF, and the check of what was made.

The library knows nothing of residents, departments, databases or seals. It hands back a PDF and the
place where a seal belongs; `signing` puts the seal there.
"""

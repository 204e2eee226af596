"""A file, a code or an identifier enters; an answer that anyone can check leaves."""

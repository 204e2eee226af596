"""The departments' own databases of the demonstration: a room for each department.

The tables are deliberately not ours: other names, other types, the way a source looks in life.
Beside each module stands the description that connects it, in TOML.
"""

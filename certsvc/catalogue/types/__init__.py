"""Certificate types (证明类型)."""

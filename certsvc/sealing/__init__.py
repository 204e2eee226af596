"""Seals: their register, changes, keys, and sealing authorised documents."""

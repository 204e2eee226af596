"""Typed events, recorded in the caller's transaction, and the subscribers that process them."""

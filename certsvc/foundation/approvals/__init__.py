"""Approvals: what two people decide takes effect exactly as it was shown to the second."""

"""The electronic certificate and seal service: one package per area of the work."""

"""Certificates and signature containers: written, read, and their values verified."""

"""Long-term validation: validation material and archive timestamps."""

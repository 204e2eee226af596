"""Engine, base class of what is stored, and migrations."""

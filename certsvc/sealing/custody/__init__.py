"""Key custody: keys are generated, certified, rotated and destroyed, all on record."""

"""The pages people see, without scripts and without anything from another site."""

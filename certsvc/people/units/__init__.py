"""Units: the departments of a district."""

"""Lists: search, filters, sort, pages, export and the empty state, declared once for each list."""

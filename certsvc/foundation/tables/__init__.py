"""Tables of strangers and for strangers: safe CSV, workbooks read within limits."""

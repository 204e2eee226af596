"""Tables: safe CSV export, and reading of uploaded workbooks within limits."""

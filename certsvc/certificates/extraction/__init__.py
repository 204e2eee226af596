"""提取: one sealed copy of a record, made for one unit, one matter, one purpose."""

"""Credit repair (信用修复): what an institution can apply for, from when, with what and where; and what became of it."""

"""The forms of chart that the report uses, each from a list of plain rows."""

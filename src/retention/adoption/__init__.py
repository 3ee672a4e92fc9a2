"""Any shop's exports in, a folder of settings with its evidence out."""

"""How the command line speaks with people."""

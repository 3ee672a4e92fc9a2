"""The report's charts and tables: artifacts and a voice in, figures out."""

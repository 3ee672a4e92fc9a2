"""The report's chapters: artifacts and a voice in, sentences, figures and tables out."""

"""What was really sent and to whom, whether it worked, and what the next plan learns from it."""

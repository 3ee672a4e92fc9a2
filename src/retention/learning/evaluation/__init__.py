"""How good probabilities are: metrics, intervals, curves, the studies' recipes beside them."""

"""Training as data and plain loops: a recipe in, a run folder and a model folder out."""

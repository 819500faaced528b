"""What the channels of a frame mean: layers, their rules, and the picture among them."""

"""Pairs to patches: find rendered pairs on disk, split them by shot, sample and augment patches."""

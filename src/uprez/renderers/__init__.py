"""Shots to pairs: a request in, an EXR and its seconds out, by Cycles, RenderMan or any command; and runs of many.

`protocol` says what a renderer is; each adapter is a file; `run` renders the pairs of a list of shots.
"""

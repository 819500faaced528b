"""What runs inside Blender's own Python: a job in, EXR files out. Imports Blender, numpy and no other room.

`job` says what is asked for and needs no Blender; everything else imports `bpy`.
"""

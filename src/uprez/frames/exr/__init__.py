"""OpenEXR files: the container is read and written here, byte for byte; the pixel codecs are the OpenEXR library's."""

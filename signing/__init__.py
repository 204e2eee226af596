"""Seal a PDF and validate a sealed PDF; knows nothing of residents, departments or databases.

* :func:`signing.sealing.seal_document` seals (PAdES B-T, ETSI EN 319 142-1).
* :func:`signing.validation.validate_document` judges any bytes and never raises.
* :func:`signing.seal_images.round_seal` draws a seal image from its words,
  :func:`signing.uploaded_images.seal_image_from_file` reads one from an SVG or a PNG.
"""

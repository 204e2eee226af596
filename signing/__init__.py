"""Seal a PDF and validate a sealed PDF; knows nothing of residents, departments or databases.

* :class:`signing.sealing.Sealer` seals at PAdES B-B, B-T, B-LT or B-LTA (ETSI EN 319 142-1).
* :func:`signing.validation.validate_document` judges any bytes and never raises.
* :func:`signing.archiving.renew_archive` keeps what is sealed verifiable.
* :func:`signing.images.seal_images.round_seal` draws a seal image from its words,
  :func:`signing.images.uploaded_images.seal_image_from_file` reads one from an SVG or a PNG.

docs/signing.md shows each at work.
"""

"""Open a signing key and sign bytes with it; knows nothing of documents.

Providers sit behind one Protocol, :class:`~keys.signing_key.SigningKey`; callers address a
key by URI through :func:`~keys.uri.open_key`.
"""

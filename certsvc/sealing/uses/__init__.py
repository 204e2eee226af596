"""Using a seal: authorisations, the signer, the log of uses."""

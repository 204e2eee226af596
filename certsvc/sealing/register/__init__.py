"""The register of designated seals: applications, versions, states, and each authorised use."""

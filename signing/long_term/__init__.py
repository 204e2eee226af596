"""What keeps a seal verifiable: its material, and timestamps over everything."""

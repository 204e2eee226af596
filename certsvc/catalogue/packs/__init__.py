"""模板包版本: versions of template packs, put into force by two people."""

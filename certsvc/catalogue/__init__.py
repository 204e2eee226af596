"""Certificate types, matters, the use list, and the template packs of certificates."""

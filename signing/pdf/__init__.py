"""PDF layout, objects, and the signature's hole; signatures are not judged here."""

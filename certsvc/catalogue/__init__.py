"""Certificate types, matters, and which matter needs which proof."""

"""The file itself: its layout, its objects, its hole; nothing of signatures is judged here."""

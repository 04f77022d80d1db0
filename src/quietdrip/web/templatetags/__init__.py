"""Small words of the page templates."""

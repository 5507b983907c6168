"""How well a wake word is heard: figures with honest intervals, from recordings or a room."""

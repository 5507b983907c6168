"""Voice activity: is someone speaking, and has the user finished?"""

"""pocketsphinx: decoder, acoustic model and pronunciations, for several stages."""
